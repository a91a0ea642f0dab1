"""The HTTP API for administrators and for signing in, and the operator's way to make a site.

A request comes to `handler`, which hands it to `api`: strict JSON, then the token (`identity`),
then the route. Each route is a line with an action; `rostering.access.rules` says who may. What
goes wrong is a `Refusal` and leaves as problem JSON (`problems`). The routes, by subject, are in
`routes`; the acts that are longer than a route have modules of their own: proving who one is
(`sign_in`), what follows from it (`sessions`), choosing a password (`passwords`), deciding on a
held load (`decisions`), undoing one (`undoing`), listing people (`people`), doing something to an
account by hand (`edits`, with values read by `fields`), merging two (`merges`), changing a site's settings
(`settings`, `configuring`), a site as a whole, to compare (`dumping`).

Everything outside is a port (`ports`), filled in from the environment in `handler` and `operator`;
`aws` has the adapters to KMS, Step Functions and Lambda. `operator` is not part of the API: it is
invoked with AWS credentials, to make a site and its first administrator.
"""
