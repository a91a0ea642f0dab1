"""A sheet or a OneRoster bundle dropped in the inbox becomes a feed, or is turned back with a report.

`handler` meets AWS (the queue of drop events, S3, the table, Step Functions); `job` routes a drop and reads
sheets. `bundle` reads bundles: `loose` waits for those that come file by file, and `earlier` keeps what a
delta points at. `drops` is what every drop goes through: one load for each, and no content twice.
"""
