"""A sheet dropped in the inbox becomes a feed, or is turned back with a report.

`handler` meets AWS (the queue of drop events, S3, the table, Step Functions); `job` does the work.
"""
