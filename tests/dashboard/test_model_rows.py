"""Rows of a model as a download: what is in it, and for whom."""

import csv
from dataclasses import replace

import pytest

from access.roles import ROLES
from access.viewer import Viewer, local_viewer
from dashboard import model_rows
from dashboard.context import Context
from dashboard.factory import create_on
from models import alliance, store
from models.declared import declared, model_specs
from models.spec import FeatureTerm, ModelSpec, asked_of
from queries.model_frames import rows_of_model
from study.file import load_study
from study.outcomes import presets
from tests.conftest import HARBOUR
from tests.dashboard.mart_fixture import ARMS, FEATURES, example_study
from warehouse.workspace import Workspace

SPEC = ModelSpec(
    model_id="alliance.humanness",
    outcome="humanness",
    outcome_label="Humanness of the app",
    features=tuple(FeatureTerm(id_, label, on) for id_, label, *_, on in FEATURES),
    arms=tuple((arm, arm) for arm in ARMS),
)


@pytest.fixture(scope="module")
def study():
    return example_study()


@pytest.fixture(autouse=True)
def _declared(monkeypatch):
    """The fixture's own study declares no feature, so no model."""
    only = {SPEC.model_id: SPEC}
    monkeypatch.setattr(model_rows, "declared", lambda _study, name: only.get(name))


@pytest.fixture(scope="module")
def workspace(filled, tmp_path_factory):
    """One model, fitted to the fixture."""
    place = Workspace(tmp_path_factory.mktemp("rows"))
    rows = rows_of_model(filled.cursor(), local_viewer(), **asked_of(SPEC))
    store.save(place.results, alliance.fit_alliance(rows, SPEC))
    return place


def context_of(filled, study, workspace, viewer=None):
    shown = viewer or local_viewer()
    return Context(study=study, marts=filled, viewer=lambda: shown, results=workspace.results)


def test_the_rows_are_those_of_the_fit_under_lines_that_define_them(filled, study, workspace):
    app = create_on(study, filled, workspace, local_viewer)
    answer = app.server.test_client().get(f"/export/model/{SPEC.model_id}.csv")
    assert answer.status_code == 200
    assert f'filename="{SPEC.model_id}.csv"' in answer.headers["Content-Disposition"]
    lines = answer.text.splitlines()
    head = dict(line[2:].split(": ", 1) for line in lines if line.startswith("# "))
    table = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    result = store.load_all(workspace.results)[SPEC.model_id]
    assert len(table) == result.n_rows > 0
    assert len({row["participant"] for row in table}) == result.n_participants
    assert head["fit"] == "of these rows"
    assert head["filters"].startswith("none apply")
    assert result.formula in head["definition"]
    assert {name for name in table[0] if f"column {name}" not in head} == set()
    assert head["column within_praise"].startswith("Within a participant: exposure to Praise")


def test_rows_that_changed_since_the_fit_are_told(filled, study, workspace):
    result = store.load_all(workspace.results)[SPEC.model_id]
    other = Workspace(workspace.root / "other")
    store.save(other.results, replace(result, input_hash="0" * 64))
    text = model_rows.export(context_of(filled, study, other), local_viewer(), SPEC.model_id)
    assert "# fit: of other rows or another version. Run: rapport fit\n" in text


def test_only_who_may_read_participants_and_arms_gets_them(filled, study, workspace):
    allowed = {
        (role, edition)
        for role in ROLES
        for edition in ("open", "masked", "scrambled")
        if model_rows.is_for(Viewer(account="x", role=role, edition=edition))
    }
    assert allowed == {("local", "open"), ("statistician", "open")}
    for viewer in (
        Viewer(account="x", role="designer", edition="open"),
        Viewer(account="x", role="statistician", edition="masked"),
    ):
        app = create_on(study, filled, workspace, lambda shown=viewer: shown)
        client = app.server.test_client()
        refused = client.get(f"/export/model/{SPEC.model_id}.csv")
        assert refused.status_code == 404
        assert refused.text == client.get("/export/model/nothing.csv").text
        assert model_rows.link(context_of(filled, study, workspace, viewer), SPEC.model_id) is None


def test_the_page_offers_those_of_the_chosen_model(filled, study, workspace):
    link = model_rows.link(context_of(filled, study, workspace), None)
    assert link.href == f"/export/model/{SPEC.model_id}.csv"
    assert link.children.startswith("Download its ")


def test_a_model_that_is_not_there_is_not_there(filled, study, workspace):
    assert model_rows.export(context_of(filled, study, workspace), local_viewer(), "x.y") is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("between_praise", "Between participants: mean exposure to Praise"),
        ("arm_control", "1 in the arm Control, 0"),
        ("moderation_praise", "Term moderation_praise of the formula"),
        ("site", "Site"),
    ],
)
def test_every_column_has_words(name, words):
    said = model_rows.meaning(name, {"praise": "Praise", "control": "Control"})
    assert said.startswith(words)


def test_a_declared_model_is_found_by_its_id():
    study = load_study(HARBOUR)
    specs = [spec for preset in presets(study) for spec in model_specs(study, preset)]
    assert len({spec.model_id for spec in specs}) == len(specs) > 1
    assert all(declared(study, spec.model_id) == spec for spec in specs)
    assert declared(study, "no.such") is None
