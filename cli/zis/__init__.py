"""A simulated SIF zone: an integration server and a student information system behind it.

A newcomer reads `zone` first: bytes of one POST in, the answer out, and the order of checks. `reading`
and `shapes` say what a message is, `rules` and `exchange` what the zone does with it, `queues`
keeps what waits for an agent, `packets` and `replies` make responses of objects, `query` chooses
among them. `content` writes a made-up district as SIF objects (`schools`, `people`, `schooling`),
`days` lets its next day come. `faults` lists what the zone can be told to do wrong, `disguise` has those
faults that only change how things are written. `server` puts a zone on a port, `command` runs it.

Nothing here is shared with the agent that the zone tests: what one writes wrong, the other must not
read right.
"""

from cli.zis.simulated import let_next_day_come, simulated_zone
from cli.zis.zone import Answer, Zone

__all__ = ["Answer", "Zone", "let_next_day_come", "simulated_zone"]
