"""The paper and the lists that tell people their accounts.

`people` says what one sheet is told about: a site's look, a person, a class. `cards` makes the PDF that
a teacher prints and cuts apart, ten cards to a page, one class after the other; `class_lists` makes the
same people one table per class. `lists` writes the table that an office uses to check for gaps, as XLSX
and CSV, without secrets unless they are asked for. `paper` sets type: which font has a letter, how small
a long name has to be.

Nothing here decides who may see a secret: what comes in is printed. Never on any sheet: birth date,
state id, anything of a school record.
"""
