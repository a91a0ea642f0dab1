"""How Rollbook is deployed: the state machine of a load, and a whole cloud on one machine.

`template.yaml` in the root of the repository names every resource; `sync.asl.json` here is the state
machine of one load; `local` runs both on this machine, with no AWS account.
"""
