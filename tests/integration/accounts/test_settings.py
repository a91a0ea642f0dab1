"""A site's settings: seen and changed by those who may, checked as a whole, audited, secrets kept in."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.configuring import moved, raised
from accounts.settings import LIMITS, MEANINGS_OF_LIMITS, SiteSettings
from rostering.gate import Limits
from rostering.settings import limits
from rostering.store import keys
from rostering.store.keys import Item
from tests.integration.accounts.office import SITE, Office, account

PATH = f"/sites/{SITE}/settings"
ROLL_OVER = {"from": "2027-07-01", "until": "2027-08-31", "limits": {"site_off": 500}, "reason": "roll-over"}


@pytest.fixture
def office() -> Office:
    return Office()


def change(office: Office, patch: dict[str, Any], **more: Any) -> Any:
    return office.ask("PATCH", PATH, token=office.token(), body={"settings": patch, **more})


def values(office: Office) -> dict[str, Any]:
    answer = office.ask("GET", PATH, token=office.token())
    assert answer.status == 200
    return {one["name"]: one["value"] for one in answer.body["settings"]}


def held(office: Office) -> dict[str, Any]:
    return office.store.get(keys.settings(SITE)).body


def audited(office: Office, what: str) -> list[dict[str, Any]]:
    return [event for event in office.audit() if event["what"] == what]


def test_every_setting_is_shown_with_value_default_and_meaning(office: Office) -> None:
    lines = office.ask("GET", PATH, token=office.token()).body["settings"]
    names = [one["name"] for one in lines]
    assert set(SiteSettings.model_fields) - {"limits"} <= set(names)
    assert {f"limits.{name}" for name in LIMITS} <= set(names)
    assert all(one["meaning"] for one in lines)
    shown = {one["name"]: one for one in lines}
    assert shown["name"]["value"] == "Lakeview Schools"
    assert (shown["approval"]["value"], shown["approval"]["default"]) == ("any", "any")
    assert shown["limits.site_off"]["value"] == Limits().site_off


def test_every_limit_of_the_gate_has_a_meaning() -> None:
    assert MEANINGS_OF_LIMITS.keys() == LIMITS.keys()


def test_no_secret_and_nothing_internal_leaves(office: Office) -> None:
    answer = office.ask("GET", PATH, token=office.token())
    for name in ("id_salt", "pepper", "data_key", "administrator", "created_at"):
        assert name in held(office) and name not in answer.text


def test_what_is_named_is_set_and_the_rest_stays(office: Office) -> None:
    before = held(office)
    answer = change(office, {"limits": {"site_off": 50}, "leads": {"*": {"student": "sheet"}}, "windows": [ROLL_OVER]})
    assert answer.status == 200
    after = held(office)
    assert after == before | {"limits": {"site_off": 50}, "leads": {"*": {"student": "sheet"}},
                              "windows": [ROLL_OVER]}
    assert limits(after).site_off == 50
    change(office, {"limits": {"school_off": 30}})
    assert held(office)["limits"] == {"site_off": 50, "school_off": 30}


def test_null_clears_a_setting_and_the_default_holds_again(office: Office) -> None:
    change(office, {"limits": {"site_off": 50}, "address": "https://a.example", "approval": "other_person"})
    change(office, {"limits": {"site_off": None}, "address": None, "approval": None})
    assert values(office)["limits.site_off"] == Limits().site_off
    assert not {"limits", "approval"} & held(office).keys() and held(office)["address"] == ""


def test_a_value_that_is_the_default_is_not_kept(office: Office) -> None:
    change(office, {"approval": "any"})
    assert "approval" not in held(office)


@pytest.mark.parametrize(("patch", "says"), [
    ({"aproval": "any"}, "There is no setting aproval. Did you mean approval?"),
    ({"pepper": "x"}, "There is no setting pepper."),
    ({"id_salt": "x"}, "There is no setting id_salt."),
    ({"limits": {"site_of": 5}}, "No such limits: site_of. Did you mean site_off?"),
    ({"school_limits": {"100": {"school_of": 5}}}, "No such limits: school_of. Did you mean school_off?"),
    ({"windows": [ROLL_OVER | {"limits": {"sit_off": 5}}]}, "No such limits: sit_off. Did you mean site_off?"),
    ({"limits": {"site_off": -1}}, "limits.site_off: input should be greater than or equal to 0."),
    ({"limits": {"site_off": True}}, "limits.site_off: input should be a valid integer."),
    ({"limits": {"site_off": "50"}}, "limits.site_off: input should be a valid integer."),
    ({"approval": "nobody"}, "approval: input should be 'any' or 'other_person'."),
    ({"timezone": "Mars/Olympus"}, "timezone: not a time zone."),
    ({"name": None}, "A site has a name; it can't be cleared."),
    ({"leads": {"*": {"studnet": "sheet"}}}, "Did you mean student?"),
    ({"leads": {"*": {"student": "excel"}}}, "leads.*.student: string should match pattern"),
    ({"windows": [{name: value for name, value in ROLL_OVER.items() if name != "until"}]},
     "windows.0.until: field required."),
    ({"windows": [ROLL_OVER | {"until": "2027-06-30"}]}, "windows.0: the window ends before it begins."),
])
def test_a_wrong_setting_is_one_sentence_and_nothing_changes(office: Office, patch: dict, says: str) -> None:
    before = office.store.snapshot()
    answer = change(office, {"address": "https://a.example"} | patch)
    assert (answer.status, answer.body["code"]) == (400, "SETTINGS")
    assert says in answer.body["detail"]
    after = office.store.snapshot()
    assert after[keys.settings(SITE)] == before[keys.settings(SITE)]


def test_a_school_that_is_not_there_is_told_with_the_one_that_was_meant(office: Office) -> None:
    assert change(office, {"school_limits": {"0015": {"school_off": 60}}}).status == 200      # no school yet
    change(office, {"school_limits": None})
    office.put_item(keys.school(SITE, "0014"), {"key": "0014", "fields": {"id": "0014"}})
    answer = change(office, {"school_limits": {"0015": {"school_off": 60}}})
    assert answer.body["detail"] == "There is no school 0015 in this site. Did you mean 0014?"
    assert change(office, {"leads": {"0014": {"student": "sif:zone-1"}, "*": {"staff": "sheet"}}}).status == 200


def test_username_templates_are_fixed_once_a_load_has_written(office: Office) -> None:
    assert change(office, {"username_templates": {"Student": "{last}{year}"}}).status == 200
    office.store.insert(Item(keys.lease(SITE), {"load": "", "until": "", "fence": 1}))
    answer = change(office, {"username_templates": {"Student": "{first}{year}"}})
    assert (answer.status, answer.body["code"]) == (409, "USERNAMES_EXIST")
    assert change(office, {"address": "https://a.example"}).status == 200


def test_a_change_is_audited_by_the_names_of_its_settings(office: Office) -> None:
    change(office, {"address": "https://secret.example", "limits": {"site_off": 5}})
    (event,) = audited(office, "site.configured")
    assert event["names"] == ["address", "limits.site_off"]
    assert event["by"] == office.administrators[SITE]
    assert "secret.example" not in str(office.audit())


def test_only_a_limit_that_gets_higher_and_a_window_that_opens_are_audited_as_raised(office: Office) -> None:
    change(office, {"limits": {"site_off": 5}})
    assert audited(office, "limit.raised") == []
    change(office, {"limits": {"site_off": 40}, "school_limits": {"0014": {"school_off": 60}},
                    "windows": [ROLL_OVER]})
    (event,) = audited(office, "limit.raised")
    assert event["limits"] == {"limits.site_off": [5, 40], "school_limits.0014.school_off": [20, 60],
                               "windows.2027-07-01.site_off": [5, 500]}
    change(office, {"address": "https://a.example"})
    assert len(audited(office, "limit.raised")) == 1


def test_clearing_a_limit_that_was_lower_raises_it() -> None:
    assert raised({"limits": {"site_off": 5}}, {}) == {"limits.site_off": [5, 10]}
    assert moved({"limits": {"site_off": 5}}, {}) == ["limits.site_off"]


def test_asking_for_what_is_set_changes_and_audits_nothing(office: Office) -> None:
    change(office, {"limits": {"site_off": 5}})
    before = office.store.get(keys.settings(SITE))
    assert change(office, {"limits": {"site_off": 5}}).status == 200
    assert office.store.get(keys.settings(SITE)) == before
    assert len(audited(office, "site.configured")) == 1


def test_a_change_of_an_older_version_is_refused(office: Office) -> None:
    version = office.ask("GET", PATH, token=office.token()).body["version"]
    assert change(office, {"address": "https://a.example"}, version=version).status == 200
    answer = change(office, {"address": "https://b.example"}, version=version)
    assert (answer.status, answer.body["code"]) == (409, "CHANGED")


def test_who_approves_loads_sees_settings_and_changes_none(office: Office) -> None:
    who = office.put(account("approver", "Staff", rights={"loads.approve": ["*"]}))
    token = office.token(who.id)
    assert office.ask("GET", PATH, token=token).status == 200
    assert office.ask("PATCH", PATH, token=token, body={"settings": {"approval": "any"}}).status == 403


def test_an_administrator_of_one_school_changes_no_setting_of_the_site(office: Office) -> None:
    who = office.put(account("principal", "Staff", rights={"admin": ["100"]}))
    answer = office.ask("PATCH", PATH, token=office.token(who.id), body={"settings": {"approval": "any"}})
    assert answer.status == 403
