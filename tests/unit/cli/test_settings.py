"""`KEY=VALUE` pairs become a merge patch."""

from __future__ import annotations

import pytest

from cli.screen import Trouble
from cli.settings import merge_patch


@pytest.mark.parametrize(("pairs", "patch"), [
    (["approval=other_person"], {"approval": "other_person"}),
    (["limits.site_off=50", "limits.new_percent=12.5"], {"limits": {"site_off": 50, "new_percent": 12.5}}),
    (["leads.*.student=sheet"], {"leads": {"*": {"student": "sheet"}}}),
    (["school_limits.0014.school_off=60"], {"school_limits": {"0014": {"school_off": 60}}}),
    (["school_limits.a.b.school_off=60"], {"school_limits": {"a.b": {"school_off": 60}}}),
    (["school_limits.0014="], {"school_limits": {"0014": None}}),
    (["limits.site_off="], {"limits": {"site_off": None}}),
    (["limits="], {"limits": None}),
    (['email_domains=["d.org"]'], {"email_domains": ["d.org"]}),
    (["address=https://a.example/?x=1"], {"address": "https://a.example/?x=1"}),
    ([], {}),
])
def test_pairs_say_what_to_set(pairs, patch):
    assert merge_patch(pairs) == patch


@pytest.mark.parametrize(("pairs", "says"), [
    (["approval"], "approval is not KEY=VALUE."),
    (["=x"], "=x is not KEY=VALUE."),
    (["name=a", "name=b"], "name is set twice."),
    (["limits=5", "limits.site_off=5"], "limits.site_off is set as a whole and in part."),
])
def test_what_is_no_pair_is_told(pairs, says):
    with pytest.raises(Trouble, match=says):
        merge_patch(pairs)
