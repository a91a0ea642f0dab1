"""Every key of the one table, and the access patterns they serve.

Each partition key begins with the site (but for the list of the sites), so a caller who holds one site's name can't reach another
tenant by construction; values inside a key are escaped (`part`), so crafted values can't collide.

| what                                   | pk                                   | sk                | listed under (index `listing`)            |
|----------------------------------------|--------------------------------------|-------------------|-------------------------------------------|
| the sites, for what runs by a schedule | SITES                                | {site}            |                                           |
| a site's settings                      | {site}#SITE                          | SETTINGS          |                                           |
| the lease of the load that applies     | {site}#SITE                          | LEASE             |                                           |
| the newest load of a source            | {site}#SITE                          | NEWEST#{source}   |                                           |
| the newest delivery of a source that was read | {site}#SITE                   | DELIVERED#{source} |                                          |
| a source of a site: whether it has links, when it was verified | {site}#SITE    | SOURCE#{source}   |                                           |
| the schools of a site                  | {site}#SITE                          | SCHOOL#{school}   |                                           |
| a stage of a school's hand-out that is open (Teacher, Student, Guardian) | {site}#SITE | STAGE#{school}#{role} |                  |
| what an administrator attested of a school | {site}#SITE                      | ATTESTED#{school}#{rule} |                                    |
| to whom the sheets of a class were handed | {site}#SECTION#{section}          | HANDED            |                                           |
| the digest of a day                    | {site}#DIGESTS                       | {yyyy-mm-dd}      |                                           |
| terms of a school ("" = every school)  | {site}#SCHOOL#{school}               | TERM#{term}       |                                           |
| courses of a school                    | {site}#SCHOOL#{school}               | COURSE#{course}   |                                           |
| an account                             | {site}#ACCOUNT#{account}             | ACCOUNT           | {site}#PEOPLE#{school} / {role}#{last}#{first}#{account} |
| sections a teacher teaches             | {site}#ACCOUNT#{account}             | TEACHES#{section} |                                           |
| other schools of a person              | {site}#ACCOUNT#{account}             | SCHOOL#{school}   | {site}#PEOPLE#{school} / as the account   |
| what changed, and why (of any thing)   | pk of the thing                      | CHANGE#{load}     |                                           |
| who holds a source id, local or state id | {site}#IDENT#{family}#{system}#{kind}#{value} | CLAIM  |                                           |
| a match that a person has to decide    | {site}#MATCHES                       | {match}           |                                           |
| marks of people who were erased        | {site}#SITE                          | ERASED            |                                           |
| the erasure of an account: asked, done | {site}#ERASURES                      | {account}         |                                           |
| two accounts that were merged          | {site}#MERGES                        | {merge}           |                                           |
| a correction of what a source says     | {site}#CORRECTIONS#{source}          | {kind}#{key}#{field} |                                        |
| who holds an email in a role family    | {site}#EMAIL#{family}#{email}        | CLAIM             |                                           |
| sign-in: username, first secret, last way by a provider (`sso`) | {site}#USERNAME#{username}           | SIGNIN            |                                           |
| who a subject of Google or Microsoft is here | {site}#SUBJECT#{provider}#{issuer}#{subject} | CLAIM |                                       |
| how a person came in, and with which subjects | {site}#ACCOUNT#{account}      | ENTRANCE          |                                           |
| Google or Microsoft as a site set it up | {site}#SITE                         | PROVIDER#{provider} |                                         |
| a sign-in under way at a provider, or between two accounts | {site}#DOOR#{sha256} | DOOR           |                                           |
| a section with its members             | {site}#SECTION#{section}             | SECTION           | {site}#SECTIONS#{school} / {name}#{section} |
| a group with its members               | {site}#GROUP#{group}                 | GROUP             | {site}#GROUPS#{school} / {name}#{group}   |
| a load                                 | {site}#LOAD#{load}                   | LOAD              | {site}#LOADS / {load}                     |
| the load that a dropped object became  | {site}#RECEIVED#{object key}         | RECEIVED#{version} |                                          |
| a drop that was seen before            | {site}#DROP#{sha256}                 | DROP              |                                           |
| sessions of a person                   | {site}#ACCOUNT#{account}             | SESSION#{session} |                                           |
| how many secrets a person viewed on a day | {site}#ACCOUNT#{account}           | VIEWS#{yyyy-mm-dd} |                                          |
| wrong tries at a username (its digest) | {site}#TRIES#{sha256}                | TRIES             |                                           |
| a one-time code (its MAC)              | {site}#CODE#{mac}                    | CODE              |                                           |
| links that were asked for by a name, a network or an account (its digest) | {site}#ASKED#{sha256} | ASKED |                   |
| an export                              | {site}#EXPORT#{export}               | EXPORT            |                                           |
| a SIF zone of a site: its settings     | {site}#ZONES                         | {zone}            |                                           |
| where the agent stands with a zone     | {site}#ZONE#{zone}                   | SESSION           |                                           |
| the lease of who drains a zone         | {site}#ZONE#{zone}                   | LEASE             |                                           |
| a SIF_Request that was sent            | {site}#ZONE#{zone}                   | REQUEST#{msg id}  |                                           |
| a message of a zone that was taken     | {site}#ZONE#{zone}                   | MESSAGE#{msg id}  |                                           |
| a pull or a check of a zone            | {site}#ZONE#{zone}                   | PULL#{pull}       |                                           |
| the site's connection to GG4L          | {site}#GG4L                          | CONNECTION        |                                           |
| a district at GG4L: where it stands    | {site}#GG4L                          | DISTRICT#{guid}   |                                           |
| news of GG4L that came by webhook; under district:{guid} and orders: when the last order was | {site}#HOOK#{webhook id} | HOOK |                                           |
| the lease of who pulls a district      | {site}#GG4L#{guid}                   | LEASE             |                                           |
| where a pull of a district stands      | {site}#GG4L#{guid}                   | SESSION           |                                           |
| a pull of a district                   | {site}#GG4L#{guid}                   | PULL#{pull}       |                                           |
| what a request with an Idempotency-Key was answered | {site}#ONCE#{account}  | {digest of the key} |                                           |
| a batch: one act for many accounts     | {site}#BATCHES                       | {batch}           |                                           |
| whom a batch is for, in parts          | {site}#BATCH#{batch}                 | PART#{number}     |                                           |
| audit events of a day                  | {site}#AUDIT#{yyyy-mm-dd}            | {time}#{event}    | {site}#AUDITED#{account} / {time}#{event}, if it was done to an account |

An item is `pk`, `sk`, `version` (1 at first, +1 with each change), `body` (a map), and where it
applies `list_pk`/`list_sk` (index `listing`, keys only) and `expires` (epoch seconds, TTL).
Nothing reads the table by Scan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple


class Key(NamedTuple):
    pk: str
    sk: str


@dataclass(slots=True)
class Item:
    """One item of the table. `version` is the version this item has once it is written."""

    key: Key
    body: dict[str, Any]
    version: int = 1
    listed: Key | None = None
    expires: int | None = None


def part(value: str) -> str:
    """`value` as one part of a key: `%` and `#` are escaped, so parts can't run into each other."""
    return value.replace("%", "%25").replace("#", "%23")


def listed_site(site: str) -> Key:
    """Where a site stands in the list of all. No site's name has capitals, so this is no site's partition."""
    return Key("SITES", part(site))


def settings(site: str) -> Key:
    return Key(f"{part(site)}#SITE", "SETTINGS")


def lease(site: str) -> Key:
    return Key(f"{part(site)}#SITE", "LEASE")


def school(site: str, school: str) -> Key:
    return Key(f"{part(site)}#SITE", f"SCHOOL#{part(school)}")


def stage(site: str, school: str, role: str) -> Key:
    """A stage of a school's hand-out; there is an item only while it is open."""
    return Key(f"{part(site)}#SITE", f"STAGE#{part(school)}#{role}")


def attested(site: str, school: str, rule: str) -> Key:
    return Key(f"{part(site)}#SITE", f"ATTESTED#{part(school)}#{rule}")


def handed(site: str, section: str) -> Key:
    """To whom the account info sheets of a class were handed."""
    return Key(f"{part(site)}#SECTION#{part(section)}", "HANDED")


def digest(site: str, day: str) -> Key:
    return Key(f"{part(site)}#DIGESTS", part(day))


def term(site: str, school: str, term: str) -> Key:
    return Key(f"{part(site)}#SCHOOL#{part(school)}", f"TERM#{part(term)}")


def course(site: str, school: str, course: str) -> Key:
    return Key(f"{part(site)}#SCHOOL#{part(school)}", f"COURSE#{part(course)}")


def account(site: str, account: str) -> Key:
    return Key(f"{part(site)}#ACCOUNT#{part(account)}", "ACCOUNT")


def teaches(site: str, account: str, section: str) -> Key:
    return Key(f"{part(site)}#ACCOUNT#{part(account)}", f"TEACHES#{part(section)}")


def member_of(site: str, account: str, school: str) -> Key:
    """The membership of a person in a school that is not the home school."""
    return Key(f"{part(site)}#ACCOUNT#{part(account)}", f"SCHOOL#{part(school)}")


def people(site: str, school: str) -> str:
    """Partition of the listing of a school's people."""
    return f"{part(site)}#PEOPLE#{part(school)}"


def listed_person(site: str, school: str, role: str, last: str, first: str, account: str) -> Key:
    """Where a person stands in the listing of a school: by role, then folded last and first name."""
    return Key(people(site, school), f"{role}#{part(last)}#{part(first)}#{part(account)}")


def change(of: Key, load: str) -> Key:
    """The record of what one load changed in the thing at `of`."""
    return Key(of.pk, f"CHANGE#{part(load)}" if of.sk in _ALONE else f"CHANGE#{part(load)}#{of.sk}")


_ALONE = frozenset({"ACCOUNT", "SECTION", "GROUP"})


def identifier(site: str, family: str, system: str, kind: str, value: str) -> Key:
    return Key(f"{part(site)}#IDENT#{family}#{part(system)}#{kind}#{part(value)}", "CLAIM")


def email(site: str, family: str, email: str) -> Key:
    return Key(f"{part(site)}#EMAIL#{family}#{part(email.lower())}", "CLAIM")


def username(site: str, username: str) -> Key:
    return Key(f"{part(site)}#USERNAME#{part(username.lower())}", "SIGNIN")


def subject(site: str, provider: str, issuer: str, subject: str) -> Key:
    """Whose a person is who came in by a provider: `{"accounts": {role family: account}}`."""
    return Key(f"{part(site)}#SUBJECT#{part(provider)}#{part(issuer)}#{part(subject)}", "CLAIM")


def entrance(site: str, account: str) -> Key:
    """How a person last came in, and which subjects of providers lead to the account (`accounts.providers.who`)."""
    return Key(f"{part(site)}#ACCOUNT#{part(account)}", "ENTRANCE")


def provider(site: str, provider: str) -> Key:
    return Key(f"{part(site)}#SITE", f"PROVIDER#{part(provider)}")


def door(site: str, sha256: str) -> Key:
    return Key(f"{part(site)}#DOOR#{sha256}", "DOOR")


def section(site: str, section: str) -> Key:
    return Key(f"{part(site)}#SECTION#{part(section)}", "SECTION")


def sections(site: str, school: str) -> str:
    return f"{part(site)}#SECTIONS#{part(school)}"


def listed_section(site: str, school: str, name: str, section: str) -> Key:
    return Key(sections(site, school), f"{part(name)}#{part(section)}")


def group(site: str, group: str) -> Key:
    return Key(f"{part(site)}#GROUP#{part(group)}", "GROUP")


def groups(site: str, school: str) -> str:
    return f"{part(site)}#GROUPS#{part(school)}"


def listed_group(site: str, school: str, name: str, group: str) -> Key:
    return Key(groups(site, school), f"{part(name)}#{part(group)}")


def load(site: str, load: str) -> Key:
    return Key(f"{part(site)}#LOAD#{part(load)}", "LOAD")


def loads(site: str) -> str:
    return f"{part(site)}#LOADS"


def drop(site: str, sha256: str) -> Key:
    return Key(f"{part(site)}#DROP#{sha256}", "DROP")


def session(site: str, account: str, session: str) -> Key:
    return Key(f"{part(site)}#ACCOUNT#{part(account)}", f"SESSION#{part(session)}")


def views(site: str, account: str, day: str) -> Key:
    return Key(f"{part(site)}#ACCOUNT#{part(account)}", f"VIEWS#{day}")


def tries(site: str, sha256: str) -> Key:
    return Key(f"{part(site)}#TRIES#{sha256}", "TRIES")


def code(site: str, mac: str) -> Key:
    return Key(f"{part(site)}#CODE#{mac}", "CODE")


def asked(site: str, sha256: str) -> Key:
    """How often a link was asked for in the last hour, by a name, from a network or of an account."""
    return Key(f"{part(site)}#ASKED#{sha256}", "ASKED")


def export(site: str, export: str) -> Key:
    return Key(f"{part(site)}#EXPORT#{part(export)}", "EXPORT")


def once(site: str, account: str, digest: str) -> Key:
    """What a person's request with an Idempotency-Key (its digest) was answered."""
    return Key(f"{part(site)}#ONCE#{part(account)}", digest)


def batch(site: str, batch: str) -> Key:
    return Key(f"{part(site)}#BATCHES", part(batch))


def batch_part(site: str, batch: str, number: int) -> Key:
    return Key(f"{part(site)}#BATCH#{part(batch)}", f"PART#{number:04d}")


def audit(site: str, day: str, at: str, event: str) -> Key:
    return Key(f"{part(site)}#AUDIT#{day}", f"{at}#{event}")


def audited(site: str, account: str) -> str:
    """Partition of the listing of what was done to an account."""
    return f"{part(site)}#AUDITED#{part(account)}"


def received(site: str, object_key: str, version: str) -> Key:
    """The load that one version of a dropped object became."""
    return Key(f"{part(site)}#RECEIVED#{part(object_key)}", f"RECEIVED#{part(version)}")


def newest(site: str, source: str) -> Key:
    """The newest load of a source that had changes or holds, or a pull; it replaces older ones that are still held."""
    return Key(f"{part(site)}#SITE", f"NEWEST#{part(source)}")


def delivered(site: str, source: str) -> Key:
    """The newest load of a source that was read, also if it changed nothing: `{"source", "load", "feed"}`."""
    return Key(f"{part(site)}#SITE", f"DELIVERED#{part(source)}")


def source(site: str, source: str) -> Key:
    """What is known of a source: `{"source", "links": whether ids of it lead to accounts that others made}`."""
    return Key(f"{part(site)}#SITE", f"SOURCE#{part(source)}")


def match(site: str, match: str) -> Key:
    return Key(f"{part(site)}#MATCHES", part(match))


def erased(site: str) -> Key:
    """The marks of everybody who was erased (`rostering.erasure`)."""
    return Key(f"{part(site)}#SITE", "ERASED")


def erasure(site: str, account: str) -> Key:
    return Key(f"{part(site)}#ERASURES", part(account))


def merge(site: str, merge: str) -> Key:
    return Key(f"{part(site)}#MERGES", part(merge))


def correction(site: str, source: str, kind: str, key: str, field: str) -> Key:
    return Key(f"{part(site)}#CORRECTIONS#{part(source)}", f"{kind}#{part(key)}#{part(field)}")


def zone(site: str, zone: str) -> Key:
    """The settings of a SIF zone."""
    return Key(f"{part(site)}#ZONES", part(zone))


def zone_session(site: str, zone: str) -> Key:
    return Key(f"{part(site)}#ZONE#{part(zone)}", "SESSION")


def zone_lease(site: str, zone: str) -> Key:
    return Key(f"{part(site)}#ZONE#{part(zone)}", "LEASE")


def zone_request(site: str, zone: str, msg_id: str) -> Key:
    return Key(f"{part(site)}#ZONE#{part(zone)}", f"REQUEST#{part(msg_id)}")


def zone_message(site: str, zone: str, msg_id: str) -> Key:
    return Key(f"{part(site)}#ZONE#{part(zone)}", f"MESSAGE#{part(msg_id)}")


def zone_pull(site: str, zone: str, pull: str) -> Key:
    return Key(f"{part(site)}#ZONE#{part(zone)}", f"PULL#{part(pull)}")


def gg4l_connection(site: str) -> Key:
    """How a site talks with GG4L."""
    return Key(f"{part(site)}#GG4L", "CONNECTION")


def gg4l_district(site: str, guid: str) -> Key:
    return Key(f"{part(site)}#GG4L", f"DISTRICT#{part(guid)}")


def gg4l_hook(site: str, webhook_id: str) -> Key:
    return Key(f"{part(site)}#HOOK#{part(webhook_id)}", "HOOK")


def gg4l_lease(site: str, guid: str) -> Key:
    return Key(f"{part(site)}#GG4L#{part(guid)}", "LEASE")


def gg4l_session(site: str, guid: str) -> Key:
    return Key(f"{part(site)}#GG4L#{part(guid)}", "SESSION")


def gg4l_pull(site: str, guid: str, pull: str) -> Key:
    return Key(f"{part(site)}#GG4L#{part(guid)}", f"PULL#{part(pull)}")
