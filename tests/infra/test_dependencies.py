"""What is pinned: the list of licences is of today, and a known vulnerability is never passed over."""

from __future__ import annotations

import importlib.metadata
import re

import pytest
from packaging.version import Version

from infra import audit, licences

ROW = re.compile(r"^\| ([a-z0-9-]+) \| ([0-9][^ |]*) \| ([^|]+) \|$", re.MULTILINE)
LISTED = {name: version for name, version, _ in ROW.findall(licences.OUT.read_text())}
# Who sells or hands on the bundles has to know these terms; a licence of another kind is a decision.
TERMS_OF_BUNDLES = re.compile(r"MIT|BSD|Apache|PSF|Python Software|Mozilla|MPL|OFL-1\.1|LGPL-3\.0-only|ISC|HPND")


def report(*dependencies: dict) -> dict:
    return {"dependencies": list(dependencies), "fixes": []}


def test_every_installed_package_is_listed_with_its_version():
    installed = {licences.normal(one.name): one.version for one in importlib.metadata.distributions()}
    pinned = licences.pins(licences.ROOT / "requirements.lock")
    missing = {name: version for name, version in installed.items()
               if name in pinned and LISTED.get(name) != version}
    assert missing == {}, "run: make licences"


def test_nothing_is_listed_that_is_not_pinned():
    pinned = licences.pins(licences.ROOT / "requirements.lock")
    assert {name for name, version in LISTED.items() if Version(pinned.get(name, "0")) != Version(version)} == set()


def test_the_licence_of_everything_in_a_bundle_is_one_that_was_looked_at():
    inside = licences.OUT.read_text().split("## ")[1]
    rows = ROW.findall(inside)
    assert {name for name, _, _ in rows} == licences.bundled()
    assert [name for name, _, licence in rows if not TERMS_OF_BUNDLES.search(licence)] == []


def test_a_known_vulnerability_is_told_once_and_fails_the_audit():
    found = {"name": "jinja2", "version": "2.10", "vulns": [{"id": "PYSEC-2019-217"}, {"id": "GHSA-462w"}]}
    verdict = audit.judge([report(found), report(found, {"name": "six", "version": "1.17", "vulns": []})])
    assert verdict.sentences() == ["jinja2 2.10: GHSA-462w, PYSEC-2019-217"]
    assert verdict.exit_code == 1


def test_a_clean_audit_says_of_how_many():
    verdict = audit.judge([report({"name": "six", "version": "1.17", "vulns": []})])
    assert (verdict.exit_code, verdict.sentences()) == (0, ["None of 1 versions has a known vulnerability."])


def test_what_could_not_be_asked_is_never_told_as_clean():
    verdict = audit.judge([report({"name": "six", "skip_reason": "Dependency not found on PyPI"})])
    (sentence,) = verdict.sentences()
    assert sentence.startswith("SKIPPED 1 of 1 versions")


@pytest.mark.parametrize("name", ["accounts", "import_sheet", "sif_pull", "gg4l_hook", "sync"])
def test_the_audit_asks_about_every_bundle(name):
    assert audit.ROOT / "functions" / name / "requirements.txt" in audit.locks()
