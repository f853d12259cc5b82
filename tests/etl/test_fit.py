"""Fitting on a build: every preset and dimension, saved once, fitted again only where it must."""

from collections.abc import Iterator

import polars as pl
import pytest

from etl import fit as fitting
from models import alliance, store
from study.definition import Study
from tests.models import simulate
from tests.models.simulate import Truth
from warehouse.connect import open_new_mart, open_raw
from warehouse.publish import new_build_path, publish
from warehouse.workspace import Workspace

TRUTH = Truth(within=(0.3, 0.0), between=(0.1, 0.1))
PLACE = {"site_id": pl.lit("north"), "cohort": pl.lit("2025-01")}


def study(**changes: object) -> Study:
    fields = {
        "study": {"id": "small", "title": "Small"},
        "sources": [
            {
                "id": "app",
                "kind": "events",
                "path": "events.csv",
                "participant": "pid",
                "events": {"name": "event", "time": "at"},
            }
        ],
        "features": [_feature("f0"), _feature("f1"), {**_feature("f2"), "always_on": True}],
        "dimensions": {"humanness": {"scales": ["x.a"]}, "alliance": {"scales": ["x.b"]}},
        **changes,
    }
    return Study.model_validate(fields)


def _feature(feature_id: str) -> dict[str, object]:
    stages = {"seen": {"event": feature_id}}
    return {"id": feature_id, "label": feature_id, "principle": "praise", "stages": stages}


USE = {"justification": "Protocol.", "done": "done", "sessions": {"arm0": [1], "arm1": [1]}}


def publish_build(workspace: Workspace, *, seed: int = 1) -> None:
    """A mart that holds the two model tables and nothing else."""
    scores = [
        simulate.rows(TRUTH, n_participants=30, n_occasions=5, seed=seed + i).with_columns(
            dimension_id=pl.lit(dimension),
            window_days=pl.lit(7, pl.Int32),
            lag_days=pl.lit(0, pl.Int32),
            study_week=pl.col("weeks").cast(pl.Int32),
            answered_at=pl.datetime(2025, 3, 1) + pl.duration(days=7 * pl.col("weeks")),
            previous_score=pl.lit(None, pl.Float64),
            **PLACE,
        )
        for i, dimension in enumerate(("humanness", "alliance"))
    ]
    rows = pl.concat(scores)
    weeks = simulate.weeks(0.3, n_participants=60, n_weeks=8, seed=seed).with_columns(
        n_sessions_lag=pl.lit(3, pl.Int64),
        exposure_rate_lag=pl.col("n_exposures_lag") / 3,
        n_sessions_before=pl.lit(3, pl.Int64),
        **PLACE,
    )
    dimensions = rows.select("participant_id", "dimension_id", "score").unique()
    open_raw(workspace).close()
    path = new_build_path(workspace)
    con = open_new_mart(path, workspace.raw_path)
    for name, frame in (
        ("model_rows", rows),
        ("model_weeks", weeks),
        ("fct_dimension_scores", dimensions),
    ):
        con.register("frame", frame)
        con.execute(f"create table {name} as select * from frame")
        con.unregister("frame")
    con.close()
    publish(workspace, path)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Iterator[Workspace]:
    workspace = Workspace(tmp_path_factory.mktemp("fitted"))
    publish_build(workspace)
    return workspace


@pytest.fixture(scope="module")
def results(workspace):
    return fitting.fit(study(intended_use=USE), workspace)


class TestFirstFit:
    def test_every_dimension_and_adherence(self, results):
        assert [(r.model_id, r.kind, r.status) for r in results] == [
            ("alliance.humanness", "linear_mixed", "fitted"),
            ("alliance.alliance", "linear_mixed", "fitted"),
            ("alliance.adherence", "logistic_mixed", "fitted"),
        ]
        assert results[0].outcome_label == "Humanness of the app"
        assert results[0].coefficient("within:f0").ci_low > 0

    def test_is_saved(self, workspace, results):
        assert store.load_all(workspace.results) == {r.model_id: r for r in results}

    def test_always_on_feature_is_refused_everywhere(self, results):
        for result in results:
            refused = {row.part for row in result.not_estimable if row.reason == "always_on"}
            assert refused == {"within", "between"}

    def test_map_is_one_family_and_the_total_another(self, results):
        """Two features on humanness, one on adherence (f1 is not in its weeks): three tests."""
        families = {r.outcome: r.adjustment for r in results}
        assert families["humanness"] == families["adherence"]
        assert families["humanness"].family_size == 3
        assert families["alliance"].family_size == 2


class TestFittingAgain:
    def test_unchanged_rows_are_not_fitted_again(self, workspace, results, monkeypatch):
        monkeypatch.setattr(alliance, "fit_alliance", _refuse)
        monkeypatch.setattr(fitting.adherence, "fit_weekly_adherence", _refuse)
        before = _written(workspace)
        assert fitting.fit(study(intended_use=USE), workspace) == results
        assert _written(workspace) == before

    def test_new_rows_are_and_damaged_files_are_replaced(self, tmp_path):
        workspace = Workspace(tmp_path)
        publish_build(workspace)
        (first, _) = fitting.fit(study(), workspace)
        publish_build(workspace, seed=5)
        (workspace.results / "alliance.alliance.json").write_text("{")
        (second, _) = fitting.fit(study(), workspace)
        assert second.input_hash != first.input_hash
        assert set(store.load_all(workspace.results)) == {"alliance.humanness", "alliance.alliance"}

    def test_models_that_are_no_longer_named_go(self, tmp_path):
        workspace = Workspace(tmp_path)
        publish_build(workspace)
        fitting.fit(study(), workspace)
        renamed = study(models=[{"id": "dose", "transform": "any"}])
        names = {result.model_id for result in fitting.fit(renamed, workspace)}
        assert (
            names == {"dose.humanness", "dose.alliance"} == set(store.load_all(workspace.results))
        )


def test_window_that_no_row_has_says_so(workspace):
    long = study(models=[{"id": "long", "window_days": 28}])
    results = list(fitting._tasks(long))
    frame = results[0].read(fitting.MartReader(workspace).cursor(), fitting.local_viewer())
    fit = results[0].fit(frame, results[0].spec)
    assert (fit.status, fit.n_rows) == ("not_estimable", 0)


def test_progress_names_each_model(tmp_path):
    workspace = Workspace(tmp_path)
    publish_build(workspace)
    told = []
    fitting.fit(study(), workspace, on_progress=lambda *step: told.append(step))
    assert told == [(0, 2, "Humanness of the app"), (1, 2, "Alliance (total)")]


def _written(workspace: Workspace) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in workspace.results.iterdir()}


def _refuse(*_args: object) -> None:
    raise AssertionError("fitted again")
