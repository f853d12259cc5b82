"""What `rapport load` does from end to end, and says while it does: load, build, fit."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from access.audit import at_command_line, record_definition_if_kept
from access.viewer import local_viewer
from etl.build import build
from etl.console import console
from etl.doctor.record import record_findings
from etl.edition_names import made_editions, wanted_editions
from etl.engines.choice import EngineWish, chosen, refuse_editions, settle_lake
from etl.engines.duckdb import DUCKDB
from etl.engines.engine import EngineChoice
from etl.lake import LakeOutcome, keep_lake
from etl.load import load
from etl.own_lake import OwnLake, OwnOutcome, expected_of, own_lake_of
from etl.progress import TerminalProgress
from etl.receipt import LoadOutcome
from etl.receipt_text import receipt_table, refusal_list, unusable_notes
from models.results import FitResult
from queries.data import receipts
from queries.facts import study_facts
from queries.filters import Filters
from study.blinding import EditionName
from study.definition import Study
from warehouse.damaged import told_when_build_damaged
from warehouse.reader import MartReader
from warehouse.workspace import Workspace

if TYPE_CHECKING:
    from etl.analyses.run import Answered

Told = Callable[[int, int, str], None]
"""Called as (done, in all, what is at hand)."""
STATUS_STYLE = {"fitted": "fitted", "not_estimable": "not estimable", "not_converged": "no result"}


def refresh(
    study: Study,
    workspace: Workspace,
    *,
    fit_models: bool = True,
    analyses: bool = True,
    full: bool = False,
    editions: tuple[EditionName, ...] = (),
    wish: EngineWish | None = None,
) -> int:
    """Load, build, fit and analyse, telling the terminal; returns the exit code.

    The build is served before the first fit, and every model is fitted before the first analysis.

    `full` makes every mart anew, whatever the load changed. `editions` are made beside the open
    build, and so are those that were made before, or that accounts or the study file ask for.

    `wish` says which engine makes the marts, and where the events lie as a lake.

    The exit code is 1 where a file could not be read, or every row of one was refused: the others
    are loaded and shown all the same.

    Raises
    ------
    UserError
        If another load or build is at work, or the build's checks fail.
    """
    out, wish = console(), wish or EngineWish()
    refuse_editions(study, workspace, wish, editions)
    said_of_lake = settle_lake(workspace, wish)
    outcome = load(study, workspace, progress=TerminalProgress(out), full=full)
    record_definition_if_kept(workspace, account=at_command_line(), digest=study.digest)
    tell_load(out, outcome)
    record_findings(study, workspace, outcome, progress=TerminalProgress(out))
    tell_lake(out, said_of_lake, keep_lake(workspace, TerminalProgress(out)))
    judged: list[OwnOutcome] = []
    own = own_lake_of(workspace)
    with chosen(
        wish, workspace, OwnLake(own, study, workspace, judged.append) if own else None
    ) as engine:
        _build_open(study, workspace, engine, full=full)
        tell_own_lake(out, judged)
        if fit_models:
            _fit_open(study, workspace)
        build_editions(study, workspace, editions, fit_models=fit_models, full=full, engine=engine)
    if fit_models and analyses:
        analyse_all(study, workspace)
    return max(outcome.exit_code, *(one.exit_code for one in judged), 0)


def _build_open(study: Study, workspace: Workspace, engine: EngineChoice, *, full: bool) -> None:
    """Make the open build, and what is kept from build to build."""
    out = console()
    with _steps(
        out, f"Building on {engine.name}" if engine.name != "duckdb" else "Building"
    ) as step:
        built = build(study, workspace, progress=step, full=full, engine=engine)
    made = "" if built.is_full else f" ({built.n_recomputed:,} participants made anew)"
    out.print(
        f"Built {built.build_id} in {built.seconds:.1f} s{made}; the dashboard shows it from now."
    )
    for warning in built.warnings:
        out.print(f"[yellow]Note:[/] {escape(warning)}")
    # What judges groups needs libraries that take longer to open than to know that nothing is new.
    from etl.feature_definitions import keep_definitions
    from etl.flags import keep_flags

    keep_flags(workspace)
    keep_definitions(workspace)


def build_editions(
    study: Study,
    workspace: Workspace,
    asked: tuple[EditionName, ...] = (),
    *,
    fit_models: bool,
    full: bool = False,
    engine: EngineChoice = DUCKDB,
) -> None:
    """Make the editions for masked viewers that are wanted, and say what they do not show."""
    wanted = wanted_editions(study, workspace, asked)
    out = console()
    if asked and not wanted:
        out.print("[yellow]Note:[/] The study has fewer than two arms: there is nothing to mask.")
    if not wanted and not made_editions(workspace):
        return
    # Fits and tests of these need libraries that take longer to open than most loads.
    from etl.editions import make_editions

    with _steps(out, "Editions") as step:
        built = make_editions(
            study,
            workspace,
            names=wanted,
            progress=step,
            fit_models=fit_models,
            full=full,
            engine=engine,
        )
    for name, one in zip(wanted, built, strict=False):
        out.print(f"Built the {name} edition {one.build_id} in {one.seconds:.1f} s.")
        for warning in one.warnings:
            out.print(f"[yellow]Note:[/] {escape(warning)}")


def fit_all(study: Study, workspace: Workspace, *, analyses: bool = True) -> list[FitResult]:
    """Fit every model of the study on the current build, print what came of each, and fit those of
    the editions that were made; then compute the analyses of all."""
    results = _fit_open(study, workspace)
    if made_editions(workspace):
        from etl.editions import fit_editions

        fit_editions(study, workspace)
    if analyses:
        analyse_all(study, workspace)
    return results


def analyse_all(study: Study, workspace: Workspace, *, only: Collection[str] | None = None) -> None:
    """Compute the analyses, or those named, of the current build and of the editions that were
    made, and print what came of the former.

    Raises
    ------
    UserError
        If there is no build yet, or no analysis has a name.
    ExceptionGroup
        Of what went wrong, once all others are computed.
    """
    from etl.analyses.background import computing
    from etl.analyses.run import raise_faults, require_known

    require_known(only or ())
    workspace.require_writable()
    out = console()
    wait = partial(
        out.print, "Another process computes the analyses of this study: waiting for it."
    )
    with told_when_build_damaged(workspace), computing(study, workspace, only, wait) as tell:
        with _steps(out, "Analysing") as step:
            answered, faults = _analyse(study, workspace, only, _both(step, tell))
        shown = Table(title="Analyses", title_justify="left", box=box.SIMPLE_HEAD)
        for heading in ("analysis", "result"):
            shown.add_column(heading)
        for one in answered:
            words = f"computed in {one.saved.seconds:.1f} s"
            if one.saved.status == "not_estimable":
                words = f"not estimable: {one.saved.explanation}"
            shown.add_row(one.analysis.label, escape("unchanged" if one.was_kept else words))
        if answered:
            out.print(shown)
        raise_faults(faults)


def _analyse(
    study: Study, workspace: Workspace, only: Collection[str] | None, progress: Told
) -> "tuple[tuple[Answered, ...], tuple[Exception, ...]]":
    """Answers on the open build, and what went wrong there and on the editions."""
    from etl.analyses.run import analyse

    outcome = analyse(study, workspace, only=only, on_progress=progress)
    if not made_editions(workspace):
        return outcome.answered, outcome.faults
    from etl.editions import analyse_editions

    faults = analyse_editions(study, workspace, only=only, progress=progress)
    return outcome.answered, outcome.faults + faults


def _both(first: Told, second: Told) -> Told:
    def tell(done: int, total: int, label: str) -> None:
        first(done, total, label)
        second(done, total, label)

    return tell


def _fit_open(study: Study, workspace: Workspace) -> list[FitResult]:
    """Fit every model of the study on the current build and print what came of each."""
    # Libraries of the models take longer to open than most loads: not for --no-fit, or status.
    from etl.fit import fit

    workspace.require_writable()
    out = console()
    with told_when_build_damaged(workspace), _steps(out, "Fitting") as step:
        results = fit(study, workspace, on_progress=step)
    if not results:
        out.print(escape("No model to fit: the study has neither [dimensions] nor [intended_use]."))
        return results
    shown = Table(title="Models", title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("model", "outcome", "rows", "participants", "result"):
        shown.add_column(
            heading, justify="right" if heading in ("rows", "participants") else "left"
        )
    for result in results:
        words = STATUS_STYLE[result.status]
        if result.status != "fitted":
            words = f"{words}: {result.explanation}"
        shown.add_row(
            escape(result.model_id),
            escape(result.outcome_label),
            f"{result.n_rows:,}",
            f"{result.n_participants:,}",
            escape(words),
        )
    out.print(shown)
    return results


def show_status(study: Study, workspace: Workspace) -> None:
    """Print which build is served and what the last load found in each file."""
    out = console()
    with told_when_build_damaged(workspace):
        con = MartReader(workspace).cursor()
        facts, rows = study_facts(con), receipts(con, local_viewer(), Filters()).to_dicts()
    out.print(f"[bold]{escape(study.study.title)}[/]")
    out.print(f"Build {facts.build_id} of {facts.built_at:%Y-%m-%d %H:%M} UTC")
    out.print(f"Data as of {facts.as_of_at:%Y-%m-%d %H:%M} UTC")
    for name in made_editions(workspace):
        built = MartReader(workspace.edition(name)).build_id
        out.print(f"Edition {name}: " + ("not built" if built is None else f"build {built}"))
    shown = Table(box=box.SIMPLE_HEAD)
    for heading in ("file", "read", "loaded", "duplicate", "rejected", "status"):
        shown.add_column(heading, justify="left" if heading in ("file", "status") else "right")
    for row in rows:
        counts = (row["rows_read"], row["rows_loaded"], row["rows_duplicate"], row["rows_rejected"])
        shown.add_row(
            escape(row["source_file"]), *(f"{count:,}" for count in counts), escape(row["status"])
        )
    out.print(shown)


def tell_load(out: Console, outcome: LoadOutcome) -> None:
    """Print the receipt, and what has to be looked at."""
    out.print(receipt_table(outcome))
    refused = refusal_list(outcome)
    if refused:
        out.print(refused)
    for warning in outcome.warnings:
        out.print(f"[yellow]Note:[/] {escape(warning)}")
    for failure in outcome.failed:
        out.print(f"[bold red]{escape(failure.source_id)}:[/] {escape(failure.message)}")
    for source_id, said in unusable_notes(outcome):
        out.print(f"[bold red]{escape(source_id)}:[/] {escape(said)}")


def tell_lake(out: Console, said: str | None, outcome: LakeOutcome | None) -> None:
    """Print what became of the lake, where there is one."""
    if said:
        out.print(f"[yellow]Note:[/] {escape(said)}")
    if outcome is not None:
        out.print(
            escape(
                f"Lake {outcome.folder}: {outcome.n_events:,} events in {outcome.n_months} months; "
                f"{outcome.n_written} written anew, {outcome.n_removed} taken out."
            )
        )


def tell_own_lake(out: Console, judged: list[OwnOutcome]) -> None:
    """Print what became of the events of the team's own lake, where one was read."""
    for one in judged:
        n_refused = sum(one.refused.values())
        said = f"Your own lake {one.folder}: {one.n_taken:,} events built from"
        if one.n_erased:
            said += f"; {one.n_erased:,} left out of participants who were erased"
        said += f"; {n_refused:,} refused"
        out.print(escape(f"{said}, with their reasons in {one.refused_to}" if n_refused else said))
        for reason, n_events in one.refused.items():
            out.print(escape(f"  {reason}: {n_events:,}. Expected {expected_of(reason)}."))


class _Step:
    """Moves a bar along; its signature is the one that build and fit call."""

    def __init__(self, bar: Progress, title: str) -> None:
        self._bar = bar
        self._title = title
        self._task = bar.add_task(title, total=None)

    def __call__(self, step: int, steps: int, name: str) -> None:
        self._bar.update(
            self._task, completed=step, total=steps, description=f"{self._title}: {name}"
        )


@contextmanager
def _steps(out: Console, title: str) -> Iterator[_Step]:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=30))
    with Progress(
        *columns, MofNCompleteColumn(), TimeElapsedColumn(), console=out, transient=True
    ) as bar:
        yield _Step(bar, title)
