"""What a provider claims gives a role only where it is clear, and never more than it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.web.claims import ClaimsError, person
from access.web.settings import Provider

PROVIDER = Provider(
    issuer="https://login.example.org",
    client_id="rapport",
    role_claim="groups",
    roles={"team": "trial", "ux": "designer", "ward": "clinician", "stats": "statistician"},
    sites_claim="sites",
    participants_claim="care",
)
ADA = {"sub": "1", "email": "ada@example.org", "groups": ["team", "staff"], "sites": ["bath"]}


def test_claims_become_role_sites_and_participants():
    found = person(PROVIDER, ADA)
    assert (found.name, found.role, found.sites) == ("ada@example.org", "trial", {"bath"})
    ward = person(PROVIDER, {**ADA, "groups": "ward", "care": ["P001", "P002"]})
    assert (ward.role, ward.participants) == ("clinician", {"P001", "P002"})
    assert person(PROVIDER, {**ADA, "sites": "*"}).sites is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"groups": []}, "no role"),
        ({"groups": ["staff"]}, "no role"),
        ({"groups": None}, "neither text nor a list"),
        ({"groups": {"team": True}}, "neither text nor a list"),
        ({"groups": ["team", "stats"]}, "more than one role"),
        ({"sites": []}, "names no site"),
        ({"sites": None}, "neither text nor a list"),
        ({"sub": ""}, "sub"),
        ({"sub": 7}, "sub"),
        ({"email": " "}, "holds no name"),
        ({"email_verified": False}, "email_verified"),
        ({"email_verified": "false"}, "email_verified"),
    ],
)
def test_what_is_not_clear_is_denied_without_saying_what_was_claimed(change, words):
    with pytest.raises(ClaimsError, match=words) as refused:
        person(PROVIDER, {**ADA, **change})
    assert "ada@" not in str(refused.value)


def test_the_trial_team_gets_no_sites_for_want_of_a_claim():
    without = {key: value for key, value in ADA.items() if key != "sites"}
    with pytest.raises(ClaimsError, match="names no site"):
        person(PROVIDER, without)
    no_claim = PROVIDER.model_copy(update={"sites_claim": None})
    with pytest.raises(ClaimsError, match="sites_claim"):
        person(no_claim, ADA)
    assert person(no_claim, {**ADA, "groups": "ux"}).sites is None


def test_clinicians_without_a_claim_have_nobody_in_their_care():
    assert person(PROVIDER, {**ADA, "groups": "ward"}).participants == frozenset()
    no_claim = PROVIDER.model_copy(update={"participants_claim": None})
    with pytest.raises(ClaimsError, match="participants_claim"):
        person(no_claim, {**ADA, "groups": "ward"})


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["team", "*"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys([*ADA, "care"], ANYTHING)))
def test_no_claims_whatsoever_give_more_than_they_say(claims):
    try:
        found = person(PROVIDER, claims)
    except ClaimsError:
        return
    said = claims["groups"] if isinstance(claims["groups"], list) else [claims["groups"]]
    assert found.role in {PROVIDER.roles[word] for word in said if word in PROVIDER.roles}
    if found.role == "trial" and found.sites is None:
        assert claims["sites"] in ("*", ["*"])
