"""Signing in with Google or Microsoft: OpenID Connect, authorization code with PKCE.

Read `known` first: which issuers there are, and whose word about an email counts. A site sets one up
(`configured`); a person is sent there and comes back (`exchange`); what they bring is checked against
the provider's keys (`peer`, `id_tokens`); and `who` says which accounts that person has here.
"""
