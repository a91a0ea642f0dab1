"""Workbooks from anywhere: from bytes to typed cells, bounded in time and memory for any input.

Start at `workbook.py`: `open_workbook` looks at the bytes (`gate.py`), at the zip directory
(`container.py`) and at the parts that say what tabs there are (`package.py`), and turns back
what is not a harmless .xlsx with a `Refused` (`refusal.py`); all numbers it goes by stand in
`limits.py`. A tab is read by `tab.py`, which streams its part in chunks of whole rows. Two
readers stand behind it: `careful.py` understands everything XML allows and is the reference;
`plain.py` reads the few shapes that nearly all rows have (`shapes.py`), at the speed of bytes,
and declines every chunk that it cannot prove to be one of them, so that the careful reader gets
it. Both make the same cells (`values.py`: clean text, None or a `Cell` that says what is odd) out
of the same texts (`text.py`), shared strings (`strings.py`) and number formats (`styles.py`), and
hand them over in a `Batch` of columns (`batch.py`).

What the cells mean is not known here: that is `rostering.sheet`. Reading touches no network and
unpacks nothing to disk, and no cell value is logged.
"""
