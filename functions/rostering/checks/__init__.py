"""Check Data: whether what the source sent came across, before accounts are handed out.

Read `filters` first: the one rule of who is meant, for lists, batches and exports. `walk` goes
through the listing of a school, page by page; `facts` finds what of a person lies in other items
(sign-in, wrong tries, classes taught, terms); `view` puts both together to a page, or a whole
list. `payload` compares a school with what its sources last said. `visible` is the rule of what a
teacher or a student sees of a class, `rosters` applies it, `gaps` goes once through a school and
names what is missing. Nothing here changes anything.
"""
