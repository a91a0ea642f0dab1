"""Who may do what, and how a person proves who they are.

A person has one role and, on top of it, rights for named schools or the whole site (`roles`). One
function, `rules.allow`, answers every question "may this person do that to this thing"; it denies
what no line of its table permits. Between requests a person is a signed token: `claims` says what
one holds and which tokens count. Wrong tries at sign-in cost growing waits (`lockout`), chosen
passwords are hashed and judged in `passwords`.

Nothing here does I/O, reads a clock or draws randomness: callers pass what is known and what time
it is. The clauses cited are those of the identity and credentials specification.
"""
