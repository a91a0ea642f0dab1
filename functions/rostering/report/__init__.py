"""What the sender of a sheet is told, three times over.

`summary` holds the facts of a load that all three need. `workbook` writes report.xlsx: the
sender's own rows with a Result column and the bad cells red, to be corrected in place and handed
in again (`first_tab` draws its Summary, `looks` its formats). `page` writes report.html: one page
that says what happened and what to do. `document` gives report.json: codes, places and counts for
programs, without any value of a cell. `words` turns states, kinds and holds into sentences.
"""
