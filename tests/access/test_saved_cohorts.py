from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access import saved_cohorts
from access.accounts import add, disable
from access.audit import entries, verify
from access.roles import ROLES
from access.saved_cohorts import KEYS, LONGEST_NAME, cohort_filters, delete, offered, rename, save
from access.viewer import Viewer, local_viewer
from study.errors import UserError
from tests.access.state_places import NOON, PASSWORD

pytestmark = pytest.mark.usefixtures("quick_hashes")
TOM = Viewer(account="tom", role="trial", sites=frozenset({"bath"}))
DORA = Viewer(account="dora", role="designer")
STAN = Viewer(account="stan", role="statistician", edition="open")
BATH = "?site=bath&from=2&dimension=humanness&participant=p-1"


@pytest.fixture
def team(state):
    for name, role in (("tom", "trial"), ("dora", "designer"), ("stan", "statistician")):
        add(state, name, role, password=PASSWORD, by="cli:root", now=NOON)
    return state


def names(state, viewer):
    return [one.name for one in offered(state, viewer)]


def test_a_cohort_holds_the_filters_and_nothing_else_of_an_address(team):
    kept = save(team, TOM, "  Bath, from\tweek 2 ", BATH, is_shared=False, now=NOON)
    assert (kept.name, kept.filters) == ("Bath, from week 2", "from=2&site=bath")
    assert kept.values("site") == ("bath",)
    assert offered(team, TOM) == [kept]
    [line] = entries(team, action="cohort_saved")
    assert (line.account, line.what) == ("tom", f"cohort {kept.id}, own, by from and site: saved")
    assert verify(team) == []


def test_ones_own_are_ones_own_and_shared_ones_are_for_all_who_may_save(team):
    save(team, STAN, "Mine", "?cohort=2025-03", is_shared=False)
    save(team, STAN, "Ours", "?cohort=2025-04", is_shared=True)
    assert names(team, STAN) == ["Mine", "Ours"]
    assert names(team, DORA) == ["Ours"]
    assert [one.is_own for one in offered(team, DORA)] == [False]
    assert names(team, Viewer(account="cleo", role="clinician")) == []
    assert names(None, STAN) == []


def test_what_names_an_arm_or_a_site_that_is_not_theirs_is_not_offered(team):
    save(team, STAN, "An arm", "?arm=control", is_shared=True)
    save(team, STAN, "London", "?site=london", is_shared=True)
    save(team, STAN, "Both", "?site=london&site=bath", is_shared=True)
    save(team, STAN, "Bath", "?site=bath", is_shared=True)
    assert names(team, STAN) == ["An arm", "Bath", "Both", "London"]
    assert names(team, DORA) == ["Bath", "Both", "London"]
    assert names(team, TOM) == ["Bath"]


def test_the_same_name_replaces_ones_own_and_leaves_those_of_others(team):
    first = save(team, TOM, "Team", "?site=bath", is_shared=True)
    again = save(team, TOM, "Team", "?cohort=2025-03", is_shared=False)
    other = save(team, STAN, "Team", "?site=bath", is_shared=True)
    assert (again.id, again.filters, again.is_shared) == (first.id, "cohort=2025-03", False)
    assert [one.id for one in offered(team, TOM)] == [again.id, other.id]


def test_renaming_and_deleting_are_for_whose_it_is(team):
    kept = save(team, TOM, "One", "?site=bath", is_shared=True)
    save(team, TOM, "Two", "?from=3", is_shared=True)
    for act in (lambda: rename(team, STAN, kept.id, "Mine"), lambda: delete(team, STAN, kept.id)):
        with pytest.raises(UserError, match="no such cohort among your own"):
            act()
    with pytest.raises(UserError, match="called 'Two' already"):
        rename(team, TOM, kept.id, "Two")
    assert rename(team, TOM, kept.id, "Three").name == "Three"
    delete(team, TOM, kept.id)
    assert names(team, TOM) == ["Two"]
    said = [one.what.partition(": ")[2] for one in entries(team, action="cohort_saved")]
    assert said == ["deleted", "renamed", "saved", "saved"]


@pytest.mark.parametrize("search", ["", "?", "?dimension=use", "?participant=p-1", None])
def test_everybody_needs_no_name(team, search):
    with pytest.raises(UserError, match="Nothing is chosen"):
        save(team, TOM, "All", search, is_shared=False)


@pytest.mark.parametrize("name", ["", "  \n", "x" * (LONGEST_NAME + 1)])
def test_a_name_that_cannot_be_one_is_said(team, name):
    with pytest.raises(UserError, match="name"):
        save(team, TOM, name, "?site=bath", is_shared=False)


def test_who_may_not_save_keeps_nothing(team):
    disable(team, "dora", by="cli:root")
    posing = Viewer(account="tom", role="statistician")
    for viewer in (DORA, posing, Viewer(account="cleo", role="clinician")):
        with pytest.raises(UserError, match="may not save cohorts"):
            save(team, viewer, "All", "?site=bath", is_shared=True)
    may = {role for role in ROLES if "save_cohort" in ROLES[role].actions}
    assert may == {"local", "trial", "designer", "statistician"}


def test_without_accounts_they_are_everybodys_at_the_machine(state):
    kept = save(state, local_viewer(), "Bath", "?site=bath", is_shared=False)
    save(state, local_viewer(), "Bath", "?site=london", is_shared=False)
    [found] = offered(state, local_viewer())
    assert (found.id, found.filters, found.is_own, found.account) == (
        kept.id,
        "site=london",
        True,
        None,
    )


def test_there_is_an_end_to_them(team, monkeypatch):
    monkeypatch.setattr(saved_cohorts, "_MOST", 2)
    for number in range(2):
        save(team, TOM, f"No {number}", "?site=bath", is_shared=False)
    with pytest.raises(UserError, match="2 cohorts of yours already"):
        save(team, TOM, "No 2", "?site=bath", is_shared=False)
    with pytest.raises(UserError, match="Too much"):
        save(team, TOM, "No 1", f"?site={'x' * 4000}", is_shared=False)


@given(st.lists(st.tuples(st.sampled_from([*KEYS, "dimension", "x"]), st.text(min_size=1))))
def test_equal_choices_are_equal_text_in_any_order(pairs):
    one = cohort_filters("&".join(f"{key}={_quoted(value)}" for key, value in pairs))
    other = cohort_filters("?" + "&".join(f"{k}={_quoted(v)}" for k, v in reversed(pairs)))
    assert one == other == cohort_filters(one)
    assert {key for key, _ in parse_qsl(one)} <= set(KEYS)


def _quoted(text):
    from urllib.parse import quote

    return quote(text, safe="", errors="replace")
