"""Whether accounts of a school may be handed out, and to whom they have been.

Read `rules` first: nine rules, each a small function on facts, with its limit in the table at the
top. `facts` are what they judge, gathered from the table in one bounded pass by `gather`. `stages`
say which rules teachers, students and guardians wait for, and keep what was released. `progress`
counts, class by class, who has signed in since.

Nothing here decides who may release, or prints anything: see `accounts.handing_out`.
"""
