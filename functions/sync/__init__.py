"""The workflow's tasks: each module is the handler of one state of `infra/sync.asl.json`.

A task gets `{"site", "load"}` and, inside a Map, the `phase` and `shard` (or the `school`) that is
its own. It answers a small value that Choice states read; what it made lies in files and in the
table. The work itself is `rostering.load`.
"""
