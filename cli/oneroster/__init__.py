"""A made-up GG4L: the generated district behind a OneRoster provider, with every way it can misbehave.

`objects` names what OneRoster tells of a district, `days` changes the district from one day to the
next, and `district` turns `cli.generator`'s zones into those objects, a zone at a time. `shapes`
writes them as JSON (1.1 and 1.2), `bundle` as a CSV bundle. `provider` answers requests without a
socket: `tokens` and `discovery` are GG4L's own, `pages` is OneRoster's paging, `events` its feed of
changes, `faults` lists the switches and `damage` does to records what they say. `webhooks` signs
what GG4L might send. `server` puts it all on 127.0.0.1 and `command` is `rollbook simulate`.

It is made from the standards and from GG4L's documentation, and imports nothing of the importer
that it is there to try.
"""

from cli.oneroster.provider import Provider, simulated_provider

__all__ = ["Provider", "simulated_provider"]
