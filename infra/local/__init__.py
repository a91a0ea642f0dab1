"""The cloud on one machine, for trying Rollbook out and for its tests.

`cloud` starts and stops one server process and says how to reach it; `deploy` brings the real
`template.yaml` into it, from source; `dynamodb_local` runs AWS's own DynamoDB engine, on which the
tests hold the store to its contract.
"""
