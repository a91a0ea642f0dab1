"""The SIS Import Sheet: from the bytes of a workbook to records and problems.

Start at `workbook.py`: `open_workbook` looks at the bytes (`gate.py`), at the zip directory
(`container.py`) and at the parts that say what tabs there are (`package.py`), and turns back
what is not a harmless .xlsx with a `Refused` (`refusal.py`); all numbers it goes by stand in
`limits.py`. A tab is read by `tab.py`, which streams its part in chunks of whole rows. Two
readers stand behind it: `careful.py` understands everything XML allows and is the reference;
`plain.py` reads the few shapes that nearly all rows have, at the speed of bytes, and declines
every chunk that it cannot prove to be one of them, so that the careful reader gets it. Both
make the same cells (`values.py`: clean text, None or a `Cell` that says what is odd) out of
the same texts (`text.py`), shared strings (`strings.py`) and number formats (`styles.py`).

What the cells mean comes after that: `columns.py` holds the template's tabs and columns,
`headers.py` compares row 1 with them, `cells.py` and `checks.py` judge the values, and
`reading.py` puts it all together. Problems are worded by the catalog in `problems.py`.

Reading touches no network and unpacks nothing to disk, and no cell value is logged.
"""
