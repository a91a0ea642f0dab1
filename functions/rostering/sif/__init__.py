"""SIF 2.0 to 2.3: what a Pull agent says to a zone, what it hears, and the roster that it makes of it.

`messages.py` holds what is said, as values. `parse.py` reads the bytes that a zone answers with,
`build.py` makes the bytes that we send; `objects.py` is the list of everything that we keep of
the zone's objects, and `codes.py` the table of what we do about its errors. `agent.py` is the state
machine on top of them, and `sets.py` knows when the answer to a request is complete. The other
modules make records of the objects of complete sets. Nothing here does any I/O.
"""
