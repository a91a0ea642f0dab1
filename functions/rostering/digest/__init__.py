"""The nightly digest of a site: what changed, what is held, what looks wrong, each line with its why.

Read `lines` first: what makes a line, as small functions on facts. `gather` reads the facts in a
bounded pass, `make` decides whether a site's digest is due, makes it once a day and keeps it, and
`letter` tells it: as an event with counts alone, and as a letter. A line holds counts, numbers and
names of things; never a person's.
"""
