"""`rollbook`, the command line: a client like any other, over S3 and the HTTP API.

`main` lists the commands; they live by subject in `sheets` (templates, checks, made-up districts),
`loads` (drop a sheet, follow it, decide on it), `people` (accounts, rosters, exports), `sites`
(signing in, making a site) and `local` (the local cloud). `client` speaks to the API and the inbox,
`home` keeps what outlives a command under `$ROLLBOOK_HOME`, `follow` watches a load, `screen` is
what a person sees.

Results go to standard output, as tables or with `--json` as one JSON document; progress and errors
go to standard error. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 held or not approved, 4 turned
back.
"""
