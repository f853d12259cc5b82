"""Compute the analyses on the current build of an edition, and keep the answers beside it."""

import time
import warnings
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from access.viewer import local_viewer
from etl.analyses.analysis import Analysis
from etl.analyses.registry import ANALYSES
from models import analyses as kept
from models.analyses import Inputs, Saved
from models.errors import NoNumberError
from study.command_line.interrupted import was_interrupted
from study.definition import Study
from study.errors import UserError
from warehouse.reader import MartReader
from warehouse.workspace import Workspace

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Answered:
    """One analysis, its answer, and whether that was kept from before."""

    analysis: Analysis[Any]
    saved: Saved[Any]
    was_kept: bool


@dataclass(frozen=True)
class Outcome:
    """What came of a run: the answers, and the faults of those that have none."""

    answered: tuple[Answered, ...]
    faults: tuple[Exception, ...]


def analyse(
    study: Study,
    workspace: Workspace,
    *,
    only: Collection[str] | None = None,
    on_progress: Progress | None = None,
    analyses: Sequence[Analysis[Any]] = ANALYSES,
) -> Outcome:
    """Every analysis, or those named; one whose inputs and code are unchanged keeps its answer.

    Parameters
    ----------
    on_progress
        Called as (analyses done, analyses in all, the one at hand and how far it is).

    Returns
    -------
    Outcome
        A fault of one analysis does not keep the others from being computed; whoever calls raises
        it then (`raise_faults`). The answers of those that failed are deleted: they were of other
        data.

    Raises
    ------
    UserError
        If there is no build yet, or no analysis has a name.
    """
    chosen = _chosen(analyses, only)
    con = MartReader(workspace).cursor()
    if only is None:
        kept.keep_only(workspace.results, frozenset(one.id for one in analyses))
    answered: list[Answered] = []
    faults: list[Exception] = []
    for done, one in enumerate(chosen):
        say = _said(on_progress, done, len(chosen), one.label)
        try:
            answered.append(_answer(one, study, workspace, con.cursor(), say))
        except Exception as error:  # Kept, and raised by the caller once the others are computed.
            if was_interrupted(error):
                raise
            kept.forget(workspace.results, one.id)
            error.add_note(f"In the analysis {one.id!r}; the others were computed.")
            faults.append(error)
    return Outcome(tuple(answered), tuple(faults))


def raise_faults(faults: Sequence[Exception]) -> None:
    """Raise what went wrong, now that the rest is done.

    Raises
    ------
    ExceptionGroup
        Of all faults, each with a note that names its analysis.
    """
    if faults:
        raise ExceptionGroup("Not every analysis could be computed", list(faults))


def _chosen(
    analyses: Sequence[Analysis[Any]], only: Collection[str] | None
) -> Sequence[Analysis[Any]]:
    if only is None:
        return analyses
    require_known(only, (one.id for one in analyses))
    return [one for one in analyses if one.id in only]


def require_known(only: Collection[str], ids: Iterable[str] | None = None) -> None:
    """Refuse names that no analysis has.

    Raises
    ------
    UserError
        That names them, and those that there are.
    """
    known = [one.id for one in ANALYSES] if ids is None else list(ids)
    unknown = [name for name in only if name not in known]
    if unknown:
        raise UserError(
            f"There is no analysis {', '.join(map(repr, unknown))}. There are: {', '.join(known)}."
        )


def _said(on_progress: Progress | None, done: int, total: int, label: str) -> kept.Tell:
    """Tells nothing, or how far all and the analysis at hand are."""
    if on_progress is None:
        return lambda _step, _steps: None
    on_progress(done, total, label)
    return lambda step, steps: on_progress(done, total, f"{label} ({step:,} of {steps:,})")


def _answer(
    analysis: Analysis[Any],
    study: Study,
    workspace: Workspace,
    con: duckdb.DuckDBPyConnection,
    say: kept.Tell,
) -> Answered:
    """The kept answer where the inputs are the same, otherwise a new one, which is then kept."""
    began = time.perf_counter()
    refusal: NoNumberError | None = None
    result = None
    try:
        # An analysis sees all participants, whoever looks at its answer later.
        inputs = analysis.read(study, con, local_viewer())
    except NoNumberError as error:
        inputs, refusal = Inputs({}, {"refused": str(error)}), error
    digest = kept.input_hash(analysis.id, analysis.version, inputs)
    before = _readable(analysis, workspace)
    if before is not None and before.input_hash == digest:
        return Answered(analysis, before, was_kept=True)
    try:
        result = None if refusal else analysis.compute(inputs, say)
    except NoNumberError as error:
        refusal = error
    saved = Saved(
        analysis_id=analysis.id,
        input_hash=digest,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(time.perf_counter() - began, 3),
        status="not_estimable" if refusal else "computed",
        result=result,
        reason=refusal.reason if refusal else "",
        explanation=str(refusal) if refusal else "",
    )
    kept.save(workspace.results, saved)
    return Answered(analysis, saved, was_kept=False)


def _readable(analysis: Analysis[Any], workspace: Workspace) -> Saved[Any] | None:
    """What was kept before; what cannot be read is computed anew, which needs no telling."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kept.UnreadableAnalysisWarning)
        return kept.saved(workspace.results, analysis.id, analysis.kind)
