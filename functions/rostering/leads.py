"""Which source speaks for a record that several sources know.

A site sets it per kind and school (`leads`: school or "*" to kind to source). Where nothing is set,
or the source that is set doesn't know the record, the source that made it speaks for it. The others
may add what nobody said; they change, end and switch off nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

ANY = "*"
Leads = Mapping[str, Mapping[str, str]]


def wished(leads: Leads, kind: str, school: str) -> str:
    """The source that the site wants to lead `kind` in `school`; "" if it wants none."""
    return leads.get(school, {}).get(kind) or leads.get(ANY, {}).get(kind, "")


def lead_of(leads: Leads, kind: str, school: str, *, made_by: str, known_to: Collection[str]) -> str:
    """The source that speaks for a record which `made_by` made and `known_to` know."""
    lead = wished(leads, kind, school)
    return lead if lead in known_to else made_by


def may_set(source: str, *, lead: str, said_by: str | None) -> bool:
    """Whether `source` may set a field whose value `said_by` gave (None: nobody did)."""
    return source == lead or said_by is None or said_by == source
