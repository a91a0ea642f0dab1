"""A zone is pulled: drained message by message, each made durable before it is acknowledged.

`handler` meets AWS (the queue of orders, the table, files, secrets, the zone's HTTP); `job` runs one
order within its time; `pump` joins the protocol's agent to the zone and to the `ledger`, which keeps
what is known of a zone and what came from it; `feed` makes a load of what came.
"""
