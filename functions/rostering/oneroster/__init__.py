"""OneRoster 1.1 and 1.2: rosters as a REST provider or a bundle of CSV files tells them, made rows of one form.

`rows.py` is the list of everything that we keep, and makes rows of JSON objects and of CSV cells alike;
`columns.py` knows the standard's files and columns (`columns.json`).

Over REST: `session.py` asks, with a token and patience; `rest.py` turns a collection's pages until it is
complete; `strict.py` reads the JSON; `discovery.py` the list of districts of a hub. As files: `files.py` opens the
zip or the folder, `csvfile.py` reads one file, `manifest.py` judges how far each is complete, `roles.py` holds the
roles that 1.2 keeps apart, and `bundle.py` puts them together.

Nothing here opens a socket; all time, randomness and transport is given.
"""
