"""The life of a load: one feed through plan, gate, apply, deactivate, credentials, export, report.

Each module is one task of the state machine (`infra/sync.asl.json`). A task takes the store and
the files as arguments, is safe to run again at any time, and hands on by files: `paths` names
them. `progress` keeps the load's own item, which is what people see.

In the order of a load's life: `receive` (a drop becomes a feed) → `plan` (one shard of the feed
against the snapshot) → `settle` (all shards: usernames, limits, holds) → `begin` (the lease) →
`apply` (one shard into the table) → `deactivate` → `issue` (usernames claimed, first secrets) →
`handout` (account info sheets) → `tell` (the reports) → `finish` (the new snapshot, the end).
"""
