"""Why a person, a class, a value or a way in is missing: the decision tree, walked with evidence.

Start at `tree.json`: every node asks one question, which one check answers with yes, no or unknown.
`tree` reads and proves it (no cycle, nothing unreachable, nothing unknown), `walk` goes through it
without touching anything: checks and answers in, a trail and an outcome out. `checks/` has one small
function for every check, by subject. What they look at is a `case`: a `question`, what it names as
far as the asker may see it (`sight`, `names`), and what the sources said (`sources`), each read once
and only when a check asks for it. `answer` turns the outcome into sentences, commands and a ticket.

Adding an outcome is editing the tree and writing one check.
"""
