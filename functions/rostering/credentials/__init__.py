"""What a person signs in with: a username, and at first a secret that somebody hands out.

Read in this order. `templates` makes names out of a person's own name by the site's pattern;
`usernames` solves clashes, for a whole load with few look-ups (`assign`). `first_secrets` holds the table
of bands (a first grader gets three easy words, a parent an activation code, a teacher a link by
email), draws secrets, and checks what somebody typed against a keyed MAC. `words` is the word lists
those secrets are drawn from. `rude` knows which joins of names and words nobody should have to type.
`envelope` seals a first secret so that it can be shown or printed until its owner changes it.

Everything here is a rule: no clock, no store; randomness and keys are arguments.
"""
