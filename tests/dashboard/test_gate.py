"""What the gate lets a question and a panel be, by who asks."""

from dataclasses import replace

import polars as pl
import pytest

from access.viewer import Viewer, local_viewer
from dashboard import factory, gate, panel_wiring
from dashboard.context import Context
from dashboard.pages import adherence, overview, participant
from queries.filters import Filters
from tests.dashboard.mart_fixture import example_study

MASKED = Viewer(account="ada", role="trial")
SCRAMBLED = replace(MASKED, edition="scrambled")


def looking(context: Context, viewer: Viewer) -> Context:
    return replace(context, viewer=lambda: viewer)


@pytest.mark.parametrize(
    ("search", "left"),
    [
        ("", ""),
        (None, ""),
        ("?arm=stop6", ""),
        ("?site=bath&arm=stop6&from=3", "?site=bath&from=3"),
        ("arm=a&arm=b&participant=p1", "?participant=p1"),
        ("?%61rm=stop6", ""),
        ("?alarm=x", "?alarm=x"),
        ("?arm", ""),
    ],
)
def test_a_masked_choice_of_arms_is_as_if_never_made(search, left):
    assert gate.permitted_search(search, MASKED) == left
    assert gate.permitted_search(search, SCRAMBLED) == left
    assert gate.permitted_search(search, local_viewer()) == (search or "")


def test_filters_lose_the_arms_again_before_a_read(context):
    asked = []

    def noted(con, viewer, filters):
        asked.append(filters)
        return pl.DataFrame({"site_label": ["x"]})

    panel = replace(overview.RECRUITMENT, read=noted, cells=None)
    question = panel_wiring.Question.of(panel, "?arm=stop6&site=bath")
    panel_wiring.read(panel, looking(context, MASKED), question)
    panel_wiring.read(panel, context, question)
    assert asked == [Filters(sites=("bath",)), Filters(sites=("bath",), arms=("stop6",))]


def test_columns_of_the_arm_are_not_for_masked_viewers():
    shown = gate.as_shown(adherence.SESSIONS, MASKED)
    assert "arm_label" in adherence.SESSIONS.columns
    assert "arm_label" not in shown.columns
    assert "site_label" in shown.columns
    assert gate.as_shown(adherence.SESSIONS, SCRAMBLED) is adherence.SESSIONS


def test_a_masked_download_says_so_and_names_no_arm(context):
    for panel in (adherence.SESSIONS, participant.SUMMARY):
        text = panel_wiring._export_text(panel, looking(context, MASKED), "?participant=p007")
        assert "\n# arms: masked\n" in text
        assert "arm" not in text.splitlines()[9].split(",")
        assert "\nArm," not in text
        assert "# arms" not in panel_wiring._export_text(panel, context, "")


def test_the_frames_of_one_viewer_are_not_those_of_another(context):
    question = panel_wiring.Question.of(overview.RECRUITMENT, "")
    panel = replace(overview.RECRUITMENT, cells=None)
    everybody = panel_wiring.read(panel, context, question)["n_enrolled"].sum()
    bath = replace(MASKED, sites=frozenset({"bath"}))
    own = panel_wiring.read(panel, looking(context, bath), question)
    again = panel_wiring.read(panel, looking(context, replace(bath, account="mia")), question)
    assert own["n_enrolled"].sum() * 2 == everybody
    assert again is own, "what is shown depends on what an account may see, not on whose it is"


def test_a_panel_that_is_not_for_somebody_is_not_there(context):
    designer = looking(context, replace(MASKED, role="designer"))
    question = panel_wiring.Question.of(adherence.SESSIONS, "")
    with pytest.raises(gate.NotThereError):
        panel_wiring.read(adherence.SESSIONS, designer, question)


def test_tests_and_levels_hide_a_panel(context):
    clinician = Viewer(account="c", role="clinician", participants=frozenset())
    assert gate.allowed(participant.SUMMARY, clinician)
    assert not gate.allowed(replace(participant.SUMMARY, shows_tests=True), clinician)
    assert not gate.allowed(replace(participant.SUMMARY, level="aggregate"), clinician)
    assert not gate.allowed(replace(participant.SUMMARY, id="models-summary"), clinician)


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("local", "/"), ("trial", "/"), ("designer", "/"), ("statistician", "/"),
        ("clinician", "/caseload"), ("admin", "/admin"),
    ],
)  # fmt: skip
def test_each_role_has_a_place_to_land(role, path):
    assert gate.landing(Viewer(account="x", role=role), factory.PAGES) == path


def test_a_context_reads_results_of_the_viewers_edition(tmp_path, filled):
    context = Context(
        study=example_study(), marts=filled, viewer=local_viewer, results=tmp_path / "results"
    )
    assert context.results_of(local_viewer()) == tmp_path / "results"
    assert context.results_of(MASKED) == tmp_path / "editions" / "masked" / "results"
