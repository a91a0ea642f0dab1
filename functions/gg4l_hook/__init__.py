"""GG4L: webhooks are taken, Discovery is polled, districts are pulled by OneRoster.

Discovery is the truth and a webhook a hint, of whose body nothing is imported: everything works without
any. `http` meets API Gateway; `webhook` takes one message through its checks; `verify` says whether it
is GG4L's; `hint` reads it; `hooks` keeps it once, orders what follows, and does it when the queue delivers
that order.

`handler` reads that queue: `poll` asks Discovery where every district stands, `pull` reads a district's
collections (`pages`) and makes a load of them (`feed`). `desk` is what these work with, `secrets` is
Secrets Manager. Where a district stands in its onboarding is `rostering.onboarding`.
"""
