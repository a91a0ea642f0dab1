"""The SIS Import Sheet: what the cells of a district's workbook mean, as records and problems.

`columns.py` holds the template's tabs and columns; everything else goes by it. `reading.py` reads a
workbook (`rostering.xlsx`) to the end: the stamp (`stamp.py`), row 1 of every tab (`headers.py`),
then row by row: single cells (`cells.py`, column by column in `checks.py`), what a row's cells say
together (`consistency.py`), keys told twice (`repeats.py`), references (`references.py`, with
`zeros.py` for zeros that Excel dropped), rows that must agree (`agreement.py`), merged cells
(`merges.py`) and what is counted once per tab (`tally.py`). `tabs.py` keeps that order, a
`ledger.py` remembers each tab's rows compactly, on a temporary file (`spool.py`) beyond a few MB.
`records.py` makes the records of the rows that load. Problems are worded in `problems.py`.

The other way round, `template.py` draws the workbook that districts fill in, with texts and widths
from `look.py`, and `rows.py` pours rows into a drawn workbook.
"""
