"""What Rollbook promises, shown: `make prove`, or `python -m tests.prove --only hostile mutants …`.

Each part attacks the product from one side and gives its figures next to what was promised (threats,
sections 2 to 6, 8, 12, 13 and 15). `RESULTS.md` is written by the command and by nothing else: a part that ran
writes its section anew, the others stay as they were measured, and whatever falls short is named at the top.

| part       | what it does                                                                                |
|------------|---------------------------------------------------------------------------------------------|
| hostile    | every threat of the tables at its real entry, measured alone, without any socket             |
| mutants    | thousands of damaged deliveries, and truncated ones that must switch nobody off              |
| fuzz       | atheris looks for what nobody thought of                                                     |
| faults     | a fault at every call; a quarter of all calls faulted; workers killed at random points       |
| flood      | 200 webhooks a second, nine of ten forged, at the real entry; what it left is looked at        |
| simulation | deliveries, decisions and crashes in any order; what must hold is looked at after every step |
| scale      | rows a second, memory and write units of the bench; what a district costs                    |

`doors` are the entries, `cloud` runs whole loads in memory through the real state machine. A seed is printed with
every part, and the same seed does the same.
"""
