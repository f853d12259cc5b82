"""Analyses are computed once for their inputs, kept whole, and one that fails hides no other."""

from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pytest

from etl.analyses.analysis import Analysis
from etl.analyses.run import analyse, raise_faults
from etl.pipeline import analyse_all
from models import analyses as kept
from models import store
from models.analyses import Inputs
from models.errors import NotEstimableError
from study.errors import UserError
from tests.etl.test_fit import publish_build, study
from warehouse.workspace import Workspace


@dataclass(frozen=True)
class Total:
    n: int
    rows: tuple[tuple[str, float], ...]
    missing: float | None = None


class Counting:
    """Reads a constant, sums it, and remembers how often it was asked to."""

    def __init__(self, n: int = 3) -> None:
        self.n_computed, self.n = 0, n
        self.fault: BaseException | None = None

    def read(self, _study, con, viewer) -> Inputs:
        assert viewer.role == "local"
        frame = con.sql("select count(*) as n from model_rows").pl()
        return Inputs({"rows": frame}, {"n": self.n})

    def compute(self, inputs: Inputs, tell) -> Total:
        self.n_computed += 1
        if self.fault is not None:
            raise self.fault
        tell(1, 2)
        return Total(inputs.frames["rows"]["n"][0] * self.n, (("a", 1.5),))

    def analysis(self, name: str = "total") -> Analysis[Total]:
        return Analysis(name, name.capitalize(), 1, Total, self.read, self.compute)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Workspace:
    made = Workspace(tmp_path_factory.mktemp("analysed"))
    publish_build(made)
    return made


@pytest.fixture(autouse=True)
def _nothing_kept(workspace):
    store.forget_all(workspace.results)


def run(workspace, *analyses, **options):
    return analyse(study(), workspace, analyses=analyses, **options)


def test_an_answer_is_kept_until_its_inputs_change(workspace):
    counting = Counting()
    first = run(workspace, counting.analysis()).answered[0]
    again = run(workspace, counting.analysis()).answered[0]
    assert (first.was_kept, again.was_kept, counting.n_computed) == (False, True, 1)
    assert first.saved == again.saved == kept.saved(workspace.results, "total", Total)
    assert first.saved.result.rows == (("a", 1.5),)
    counting.n = 4
    other = run(workspace, counting.analysis()).answered[0]
    assert other.saved.result.n == first.saved.result.n / 3 * 4
    run(workspace, replace(counting.analysis(), version=2))
    assert counting.n_computed == 3


def test_models_and_analyses_do_not_delete_each_other(workspace):
    run(workspace, Counting().analysis())
    store.keep_only(workspace.results, frozenset())
    assert kept.saved(workspace.results, "total", Total) is not None
    store.forget_all(workspace.results)
    assert kept.saved(workspace.results, "total", Total) is None


def test_answers_of_analyses_that_are_no_more_go(workspace):
    run(workspace, Counting().analysis("old"))
    run(workspace, Counting().analysis("new"), only=["new"])
    assert kept.saved(workspace.results, "old", Total) is not None
    run(workspace, Counting().analysis("new"))
    assert kept.saved(workspace.results, "old", Total) is None


def test_what_cannot_be_estimated_is_an_answer(workspace):
    counting = Counting()
    counting.fault = NotEstimableError("Nobody left.", "no_events")
    saved = run(workspace, counting.analysis()).answered[0].saved
    assert (saved.status, saved.result, saved.reason) == ("not_estimable", None, "no_events")
    assert kept.saved(workspace.results, "total", Total) == saved
    assert run(workspace, counting.analysis()).answered[0].was_kept


def test_a_fault_hides_no_other_analysis_and_is_raised_in_the_end(workspace):
    good, bad = Counting(), Counting()
    run(workspace, good.analysis("a"), bad.analysis("b"))
    bad.fault, bad.n, good.n = ZeroDivisionError("oh"), 5, 5
    outcome = run(workspace, bad.analysis("b"), good.analysis("a"))
    assert [one.analysis.id for one in outcome.answered] == ["a"]
    assert kept.saved(workspace.results, "b", Total) is None, "it was of other data"
    with pytest.raises(ExceptionGroup, match="Not every analysis") as raised:
        raise_faults(outcome.faults)
    assert "'b'" in raised.value.exceptions[0].__notes__[0]


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), RuntimeError("Query interrupted")])
def test_ctrl_c_ends_the_run_and_keeps_what_was_kept(workspace, stop):
    counting = Counting()
    before = run(workspace, counting.analysis()).answered[0].saved
    counting.fault, counting.n = stop, 9
    with pytest.raises(type(stop)):
        run(workspace, counting.analysis())
    assert kept.saved(workspace.results, "total", Total) == before
    assert [path.name for path in (workspace.results / "analyses").iterdir()] == ["total.json"]


def test_damaged_answers_are_told_of_and_computed_anew(workspace):
    counting = Counting()
    saved = run(workspace, counting.analysis()).answered[0].saved
    path = workspace.results / "analyses" / "total.json"
    for text in ("{", "[]", '{"schema": 99}', path.read_text().replace('"n": ', '"m": ')):
        path.write_text(text)
        with pytest.warns(kept.UnreadableAnalysisWarning, match="rapport fit"):
            assert kept.saved(workspace.results, "total", Total) is None
    assert run(workspace, counting.analysis()).answered[0].saved.result == saved.result


def test_nan_is_refused_and_nothing_is_left(tmp_path):
    saved = kept.Saved("x", "", "", 0.0, "computed", Total(1, (), float("nan")))
    with pytest.raises(ValueError, match="JSON"):
        kept.save(tmp_path, saved)
    assert not list(tmp_path.rglob("*.json"))
    with pytest.raises(ValueError, match="file name"):
        kept.saved(Path(), "../x", Total)


def test_row_order_does_not_matter_and_values_do():
    frame = pl.DataFrame({"a": [1, 2, 3], "b": ["x", "y", None]})
    same, other = frame.reverse(), frame.with_columns(b=pl.lit("x"))
    digests = [kept.input_hash("x", 1, Inputs({"f": one})) for one in (frame, same, other)]
    assert digests[0] == digests[1] != digests[2]
    renamed = kept.input_hash("x", 1, Inputs({"g": frame}))
    assert renamed != digests[0]


def test_names_that_no_analysis_has_are_refused(workspace):
    with pytest.raises(UserError, match="no analysis 'praise'"):
        run(workspace, Counting().analysis(), only=["praise"])
    with pytest.raises(UserError, match="no analysis"):
        analyse_all(study(), workspace, only=["praise"])


def test_progress_names_the_analysis_and_its_step(workspace):
    told = []
    run(
        workspace,
        Counting().analysis("a"),
        Counting().analysis("b"),
        on_progress=lambda *step: told.append(step),
    )
    assert told == [(0, 2, "A"), (0, 2, "A (1 of 2)"), (1, 2, "B"), (1, 2, "B (1 of 2)")]
