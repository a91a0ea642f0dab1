"""The table and the files: where everything that outlives a call is kept.

Begin with `keys.py`: every key of the one table and what it is for. An item is a key, a version
and a body. Nothing is overwritten blindly that somebody else may be writing: `insert` needs a free
key, `replace` names the version it read, `update` does both in a loop, and `write_together` does up
to 100 of them or none. The bulk methods (`insert_many`, `replace_many`) do the same item by item
and give back the keys that were refused; what was refused because an earlier run of the same task
wrote it is for the caller to see, by reading it.

`DynamoStore` (`dynamo.py`) and `S3Files` (`s3.py`) are the adapters to AWS; `MemoryStore` and
`MemoryFiles` (`memory.py`) pass the same tests. What they share: `attributes.py` (an item on the
wire, its limits and weight), `page.py` (a page of a list and its cursor), `writes.py` (writes that go
together, writing after reading), `filenames.py`. What only AWS needs: `calls.py` (a call, made again
while AWS is busy) and `failures.py` (what a failed call means, in Rollbook's errors).

Reading by key and by partition is strongly consistent. A listing follows its index by moments. An
item whose `expires` has passed may still be read for days: readers compare the time themselves.
"""
