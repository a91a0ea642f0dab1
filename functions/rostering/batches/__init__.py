"""One act for many accounts: reset, invite, unlock, deactivate, reactivate.

Read `choose` first: whom a filter or a list names, and who of them is left out and why. `record` is
what the table keeps of a batch: one item that tells how far it is, and parts that name its accounts.
`work` goes through the parts, judges each account again and writes; a part that is done twice is
done once. `acts` are what is done to the accounts of a part, `sheet` the file that comes of it.
"""
