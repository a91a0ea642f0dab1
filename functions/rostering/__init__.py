"""Rostering: who is in a school district, as accounts, classes and rosters.

Read it from the middle. `model` has the words: a source's *records* become *entities*, and those
become accounts, sections and rosters. `feed` folds one delivery into sorted shards, `snapshot` is
what the source said before, `diff` is what the delivery changes, `gate` whether that may pass
unasked and `causes` what seems to be behind it if not; `matching` says who is who, `leads` which source
speaks for whom, `merging` joins two accounts and `history` puts things back. `by_hand` and
`corrections` are what people set. `credentials` gives names and first secrets, `access` says who may
do what.

Around them are the edges: `sheet` reads the import sheet, `report` and `account_sheets` write what
people read and print, `store` is the one table and the files. `load` ties all of it into the tasks
of a load. What is rule does no I/O; what does I/O decides nothing.
"""
