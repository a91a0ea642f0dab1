"""Rules that every connection shares, whatever its format: how its records are read, noted and told.

`texts.py` and `days.py` say which values can be stored, `persons.py` and `grades.py` what is said of
a person; `repeats.py` finds what may be there once only. `notes.py` keeps what is wrong with a
delivery, `delivery.py` counts and corrects its records. A format's own package (`sif`, `oneroster`)
brings its words and its messages.
"""
