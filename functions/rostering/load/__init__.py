"""The life of a load: one feed through plan, gate, apply, deactivate, credentials, export, report.

Each task of the state machine (`infra/sync.asl.json`) is a function here. A task takes the store and
the files as arguments, is safe to run again at any time, and hands on by files: `paths` names them.
`progress` keeps the load's own item, which is what people see; `ground` is what every task stands on.

In the order of a load's life: `deliver` (records become a feed) → `plan` (one shard of the feed
against the snapshot) → `settle` (all shards: usernames, whom the site has no room for (`refuse`),
limits) → `hold` (a person has to decide) → `lease` (one load at a time writes) → `apply` (one shard
into the table; `places` knows where things stand; what goes is last) → `issue` (usernames claimed,
first secrets) → `handout` and `printing` (account info sheets) → `tell` (the reports) → `finish`
(the new snapshot, the end).

Beside it: `repair` sifts a corrected report that comes again, `corrected` keeps what a person
overrules of a source, `emails` tells whose email was not taken, `emptied` what a pull came without.
A person may order a load (`ordering`): `undo` takes back what another load did, thing by thing
(`reversal`), and `rewind` puts the snapshot back with it.
"""
