"""Making accounts by hand: one transaction with everything that a load would write for a new person.

That is: the account in its listing, the username, the claims of email and ids, other schools, links
between guardians and students, a record and an audit event for each, and the answer to the
request's Idempotency-Key. First secrets are sealed by another function, which is asked afterwards:
this one can't open the site's data key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from accounts import audit, doubles
from accounts import once as requests
from accounts.fields import column_of, read_fields, read_value
from accounts.inviting import check_invitable, invite
from accounts.models.creating import Created, FirstSecret, NewAccount, NewGuardian
from accounts.models.inviting import Invited
from accounts.notes import KIND, name_of_act, note
from accounts.once import Once
from accounts.people import school_of, target_of
from accounts.ports import Ports
from accounts.problems import Refusal, not_allowed
from accounts.sign_in import site_settings
from rostering import people
from rostering.access.roles import Actor, Target
from rostering.access.rules import allow, denial, may_ask
from rostering.by_hand import NEVER_EMPTY
from rostering.credentials import first_secrets, usernames
from rostering.load.naming import school_year_end
from rostering.model import Account, Role
from rostering.people import account_of, item_of
from rostering.sheet.cells import label_of
from rostering.store import keys
from rostering.store.keys import Item, Key
from rostering.store.writes import Insert, Replace, Write

NOTE = ("This account was made by hand: it does not interact with any source. No load changes it or switches it off, "
        "unless somebody links it with a person of a source.")
_ATTEMPTS = 8
_LINK = ("Employees choose a password by a link, or sign in with Google or Microsoft: no first secret is printed. "
         "To send the link: rollbook account invite.")
_WAITS = "First secrets are not issued here yet: this deployment doesn't name the function that seals them."
_TAB = {"Student": "Students", "Guardian": "Guardians", "Teacher": "Staff", "Staff": "Staff"}


@dataclass(slots=True)
class Draft:
    """New accounts, the first being the one that was asked for, and accounts that are linked to them."""

    new: list[Account]
    relatives: list[tuple[Item, Account]] = field(default_factory=list)
    taken_over: dict[Key, Item] = field(default_factory=dict)
    doubles: int = 0


def create(ports: Ports, actor: Actor, order: NewAccount, *, once: Once | None = None) -> dict[str, Any]:
    """The answer to `order`, as `Created` tells it. The same request again gives the same answer.

    Raises Refusal: 403, 404 for a relative that isn't there, 409 for possible doubles and what is
    taken, 422 for what is wrong with the order.
    """
    settings = site_settings(ports, actor.site)
    if order.invite:
        _check_invitation(actor, order, settings)
    for _ in range(_ATTEMPTS):
        answer, kept = requests.answered(ports, once)
        if answer is None:
            draft = _draft(ports, actor, order, settings)
            answer = _answer(ports, draft)
            if not ports.store.write_together([*_writes(ports, actor, draft, order),
                                               *requests.keeping(ports, once, kept, answer)]):
                continue
        waiting = [one["account"] for one in answer["first_secrets"] if one["form"] != "link"]
        if ports.issue and waiting:
            ports.issue({"site": actor.site, "accounts": waiting})
        # told anew each time: what is kept of an answer holds no link
        return answer | ({"invitation": _invited(ports, actor, answer["account"], order)} if order.invite else {})
    raise Refusal(409, "BUSY", "Others are making accounts right now. Try again.")


def _check_invitation(actor: Actor, order: NewAccount, settings: dict[str, Any]) -> None:
    """Raises Refusal (403, 409, 422) if the new account may not be invited at once."""
    if order.role == "Student":
        raise _wrong("invite", "Students get a first secret, not a link.")
    check_invitable(settings)
    if not may_ask(actor, "account.invite"):
        raise not_allowed(denial("account.invite"))


def _invited(ports: Ports, actor: Actor, account: str, order: NewAccount) -> dict[str, Any]:
    """How the link went out. The account is there by now, so what keeps the link back is told, not raised."""
    try:
        return invite(ports, actor, account, order.reason.strip()).model_dump()
    except Refusal as refusal:
        return Invited(account=account, sent=False, message=refusal.message).model_dump()


def _draft(ports: Ports, actor: Actor, order: NewAccount, settings: dict[str, Any]) -> Draft:
    site, store = actor.site, ports.store
    _check_shape(order)
    schools = list(dict.fromkeys(school_of(store, site, name)
                                 for name in (order.school, *order.other_schools) if name))
    for school in schools:
        _allowed(actor, Target(site, frozenset([school])))
    person = _person(ports, order, settings, schools=schools)
    draft = Draft([person])
    for child in order.students:
        item, account = _relative(ports, actor, child.account, "Student")
        pair = _pair(child.relationship, child.primary)
        person.students[account.id] = pair
        _link(draft, item, account, "guardians", person.id, pair)
        if not person.fields.get("school") and account.schools:
            person.fields["school"] = account.schools[0]       # listed with the first student, as loads do
    for number, guardian in enumerate(order.guardians):
        _add_guardian(ports, actor, draft, guardian, number, order, settings)
    found = [doubles.doubles_of(store, site, settings["id_salt"], one) for one in draft.new]
    _check_doubles(ports, actor, found, draft, anyway=order.anyway)
    _name(ports, settings, site, draft, order)
    return draft


def _check_shape(order: NewAccount) -> None:
    if order.role == "Guardian":
        if order.school or order.other_schools or order.guardians:
            raise _wrong("role", "A guardian has students, and belongs to their schools.")
        if not order.students:
            raise _wrong("students", "A guardian needs at least one student.")
    elif not order.school:
        raise _wrong("school", "A home school is needed.")
    elif order.students or (order.guardians and order.role != "Student"):
        raise _wrong("guardians", "Only a student has guardians, and only a guardian has students.")


def _wrong(at: str, sentence: str) -> Refusal:
    return Refusal(422, "INVALID", sentence, wrong=[{"at": f"body.{at}", "type": "SHAPE"}])


def _allowed(actor: Actor, target: Target) -> None:
    decision = allow(actor, "account.create", target)
    if not decision:
        raise not_allowed(decision.reason)


def _person(ports: Ports, order: NewAccount, settings: dict[str, Any], *, schools: list[str]) -> Account:
    fields = _fields(order.role, order.fields)
    for name, text in (("id", order.person_id), ("state_id", order.state_id)):
        if text is None:
            continue
        try:
            value, code = read_value(column_of(_TAB[order.role], name), text)
        except (KeyError, ValueError):
            raise _wrong(name, "A guardian has no id of the state.") from None
        if code or value is None:
            raise Refusal(422, "INVALID", "The id has characters that ids don't have.",
                          wrong=[{"at": f"body.{'person_id' if name == 'id' else name}", "type": code or "R-REQUIRED"}])
        fields[name] = value
    if schools:
        fields["school"] = schools[0]
    if schools[1:]:
        fields["other_schools"] = schools[1:]
    return _new(ports, settings, order.role, fields)


def _fields(role: Role, given: Mapping[str, str]) -> dict[str, Any]:
    """The values of `given`. Raises Refusal (422) for what is wrong or missing."""
    stub = Account("", role, "active", "", {})
    values = read_fields(stub, given)
    missing = sorted(name for name in NEVER_EMPTY[stub.family] if not values.get(name))
    if missing:
        raise Refusal(422, "INVALID", f"{missing[0]} can't be empty.",
                      wrong=[{"at": f"fields.{name}", "type": "R-REQUIRED"} for name in missing])
    return {name: value for name, value in values.items() if value not in (None, [])}


def _new(ports: Ports, settings: dict[str, Any], role: Role, fields: dict[str, Any]) -> Account:
    key = ports.new_number()
    return Account(people.account_id(settings["id_salt"], doubles.SYSTEM, KIND[role], key), role, "active", "",
                   fields, source=doubles.SYSTEM, source_key=key)


def _add_guardian(ports: Ports, actor: Actor, draft: Draft, told: NewGuardian, number: int, order: NewAccount,
                  settings: dict[str, Any]) -> None:
    if (told.account is None) == (not told.fields):
        raise _wrong(f"guardians.{number}", "A guardian is an account that there is, or the fields of a new one.")
    student, pair = draft.new[0], _pair(told.relationship, told.primary)
    if told.account is not None:
        item, account = _relative(ports, actor, told.account, "Guardian")
        _link(draft, item, account, "students", student.id, pair)
    else:
        account = _new(ports, settings, "Guardian", _fields("Guardian", told.fields))
        account.fields["school"] = student.fields["school"]
        account.students[student.id] = pair
        draft.new.append(account)
    student.guardians[account.id] = pair


def _relative(ports: Ports, actor: Actor, name: str, role: Role) -> tuple[Item, Account]:
    """An account that is there, and that `actor` may edit. Raises Refusal: 404, 403, 409."""
    item = ports.store.get(keys.account(actor.site, name))
    account = account_of(item) if item else None
    target = target_of(ports.store, actor, account) if account else None
    if item is None or account is None or target is None or not allow(actor, "account.read", target):
        raise Refusal(404, "NOT_FOUND", f"There is no account {name} that could be linked.")
    for action in ("account.create", "account.edit"):
        decision = allow(actor, action, target)
        if not decision:
            raise not_allowed(decision.reason)
    if account.role != role or account.merged_into or account.status == "inactive":
        raise Refusal(409, "NOT_LINKABLE", f"The account {name} is not one of an active {role.lower()}.")
    return item, account


def _pair(relationship: str, primary: bool) -> list[Any]:
    value, code = read_value(column_of("Guardians", "relationship"), relationship)
    if code or not value:
        raise _wrong("relationship", "The relationship is a word such as Mother, Father or Guardian.")
    word, label = label_of(value)
    return [word, label, primary, "active"]


def _link(draft: Draft, item: Item, account: Account, name: str, other: str, pair: list[Any]) -> None:
    if any(was.key == item.key for was, _ in draft.relatives):
        raise _wrong(name, "The same account is named twice.")
    draft.relatives.append((item, replace(account, **{name: getattr(account, name) | {other: pair}})))


def _check_doubles(ports: Ports, actor: Actor, found: list[doubles.Found], draft: Draft, *, anyway: bool) -> None:
    """Raises Refusal (409) if somebody of the draft may be there already, or what is theirs is taken.

    Candidates are those whom the actor may see. A namesake whom they may not see is not told of.
    """
    named = draft.new[0].guardians.keys() | draft.new[0].students.keys()
    candidates: dict[str, dict[str, Any]] = {}
    for one in found:
        draft.taken_over |= one.claims
        for name, account in one.accounts.items():
            if name in named:
                continue
            draft.doubles += 1
            if allow(actor, "account.read", target_of(ports.store, actor, account)):
                candidates[name] = {
                    "account": name, "role": account.role, "status": account.status, "username": account.username,
                    "school": account.fields.get("school") or "", "reasons": one.reasons[name],
                    **{part: account.fields.get(part) or "" for part in ("first_name", "last_name")}}
    listed = [candidates[name] for name in sorted(candidates)]
    taken = sorted({what for one in found for what in one.taken})
    if "email" in taken:
        raise Refusal(409, "EMAIL_TAKEN", "Another account uses that email. Each person needs their own.",
                      candidates=listed)
    if taken:
        raise Refusal(409, "ID_TAKEN", "Another account that was made by hand has that id.", candidates=listed)
    if listed and not anyway:
        raise Refusal(409, "POSSIBLE_DOUBLE", "This person may be here already. Look at the candidates; "
                      "to make the account all the same send anyway with a reason.", candidates=listed)


def _name(ports: Ports, settings: dict[str, Any], site: str, draft: Draft, order: NewAccount) -> None:
    """Give everybody of the draft a free username. Raises Refusal: 409, 422."""
    asked = (order.username or "").lower()
    persons = [usernames.NewPerson(
        key=number, role=one.role, person_id=one.fields.get("id") or "", account=one.id,
        username=asked if number == 0 else "",
        **{part: one.fields.get(part) or "" for part in ("first_name", "last_name", "grade", "email")})
        for number, one in enumerate(draft.new)]
    if asked and not usernames.is_valid(asked, persons[0].email):
        raise Refusal(422, "INVALID", "A username is 3 to 32 of a-z 0-9 . _ - or the person's email.",
                      wrong=[{"at": "body.username", "type": "R-USERNAME"}])

    def taken(names: set[str]) -> set[str]:
        by_key = {keys.username(site, name): name for name in names}
        return {by_key[key] for key in ports.store.get_many(by_key)}

    given = usernames.assign(persons, taken, school_year_end=school_year_end(ports.time()),
                             templates=usernames.TEMPLATES | settings.get("username_templates", {}))
    if asked and given[0] != asked:
        raise Refusal(409, "USERNAME_TAKEN", "That username belongs to somebody, or did once.")
    for number, one in enumerate(draft.new):
        one.username = given[number]


def _writes(ports: Ports, actor: Actor, draft: Draft, order: NewAccount) -> list[Write]:
    """Everything that is written together."""
    site, at, act = actor.site, ports.time(), name_of_act(ports)
    cause = {"by": actor.account, "reason": order.reason.strip(), "at": at}
    writes: list[Write] = []
    for account in draft.new:
        account.created = dict(cause)
        item = item_of(site, account)
        signin = {"account": account.id, "state": "claimed", "issued_at": at,
                  "band": first_secrets.band_of(account.role, account.fields.get("grade") or "").name}
        writes += [Insert(item), Insert(Item(keys.username(site, account.username), signin)),
                   Insert(note(item, None, name=act, action="create", about=cause)),
                   Insert(audit.event(ports, site, "account.created", by=actor.account, target=account.id,
                                      reason=cause["reason"], role=account.role, doubles=draft.doubles))]
        for key in doubles.claims_of(site, account).values():
            was, body = draft.taken_over.get(key), {"account": account.id}
            writes.append(Replace(Item(key, body, was.version + 1)) if was else Insert(Item(key, body)))
        writes += [Insert(belongs(site, account.id, school)) for school in account.fields.get("other_schools") or ()]
    for was, account in draft.relatives:
        item = item_of(site, replace(account, changed=dict(cause)), was.version + 1)
        writes += [Replace(item), Insert(note(item, was, name=act, action="link", about=cause)),
                   Insert(audit.event(ports, site, "account.updated", by=actor.account, target=account.id,
                                      reason=cause["reason"], fields=["links"]))]
    source = keys.source(site, doubles.SYSTEM)          # so that loads look for people made by hand, too
    if ports.store.get(source) is None:
        writes.append(Insert(Item(source, {"source": doubles.SYSTEM, "links": False})))
    return writes


def belongs(site: str, account: str, school: str) -> Item:
    """That a person belongs to a school besides the home school."""
    return Item(keys.member_of(site, account, school), {"school": school},
                listed=Key(keys.people(site, school), f"~{account}"))


def _answer(ports: Ports, draft: Draft) -> dict[str, Any]:
    from accounts.by_hand import in_detail
    secrets = []
    for account in draft.new:
        form = first_secrets.band_of(account.role, account.fields.get("grade") or "").form
        issued = form != "link" and ports.issue is not None
        told = _LINK if form == "link" else "" if issued else _WAITS
        secrets.append(FirstSecret(account=account.id, username=account.username, form=form, issued=issued, note=told))
    return Created(**in_detail(draft.new[0], 1).model_dump(), note=NOTE, first_secrets=secrets,
                   new_guardians=[one.id for one in draft.new[1:]]).model_dump()
