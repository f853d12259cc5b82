"""One model of a study as text for a terminal: trust card, estimates, what was lost, code."""

import sys
from pathlib import Path

import polars as pl
from rich import box
from rich.console import Console, Group
from rich.markup import escape
from rich.table import Table

from etl.console import console
from etl.fit import analysed_rows, fit
from models.results import FitResult
from models.trust import headline
from models.wording import LOSSES
from study.definition import Study
from study.errors import UserError
from warehouse.workspace import Workspace


def run(
    study: Study,
    workspace: Workspace,
    model_id: str,
    *,
    rows: Path | None,
    as_json: bool,
    with_code: bool,
) -> int:
    """What `rapport fit STUDY --model ID` does; returns the exit code: 1 where there is no number.

    Raises
    ------
    UserError
        If the study has no such model, there is no build yet, or rows cannot be written.
    """
    if rows is not None:
        _require_place(rows)
    result = chosen_model(study, workspace, model_id)
    if as_json:
        sys.stdout.write(result.to_json() + "\n")
    else:
        show(console(), result, with_code=with_code)
    if rows is not None:
        n_rows = write_rows(study, workspace, model_id, rows).height
        Console(stderr=True).print(escape(f"Wrote {n_rows:,} rows to {rows}."))
    return 0 if result.status == "fitted" else 1


def chosen_model(study: Study, workspace: Workspace, model_id: str) -> FitResult:
    """One model's result; what is not fitted yet, or has changed, is fitted first.

    Raises
    ------
    UserError
        If the study has no such model, or there is no build yet.
    """
    workspace.require_writable()
    results = {result.model_id: result for result in fit(study, workspace)}
    if model_id not in results:
        raise UserError(f"The study has no model {model_id!r}. It has: {', '.join(results)}.")
    return results[model_id]


def write_rows(study: Study, workspace: Workspace, model_id: str, path: Path) -> pl.DataFrame:
    """Write the rows that a model was fitted to as CSV; its printed code reads them.

    Raises
    ------
    UserError
        If no row can be analysed, or the file cannot be written.
    """
    rows = analysed_rows(study, workspace, model_id)
    if rows.is_empty():
        raise UserError(f"No row of {model_id} can be analysed, so there is nothing to write.")
    _require_place(path)
    try:
        rows.write_csv(path)
    except OSError as error:
        # polars' errors have a message and no `strerror`.
        raise UserError(f"{path} cannot be written: {error.strerror or error}.") from error
    return rows


def _require_place(path: Path) -> None:
    """Refuse a path that no file can be written to, before anything is shown."""
    if path.is_dir():
        raise UserError(f"{path} is a folder. Name a file in it, such as {path / 'rows.csv'}.")
    if not path.parent.is_dir():
        raise UserError(f"{path} cannot be written: there is no folder {path.parent}. Create it.")


def show(out: Console, result: FitResult, *, with_code: bool) -> None:
    """Print a result: its card first, and why its estimates are no headline if they are not."""
    out.print(f"[bold]{escape(result.outcome_label)}[/] ({escape(result.model_id)})")
    if result.status != "fitted":
        out.print(escape(result.explanation))
        out.print(_lost(result))
        return
    withheld = headline(result)
    if withheld:
        out.print(f"[bold red]Withheld.[/] {escape(withheld)}")
    out.print(f"[dim]{escape(result.formula)}[/]", soft_wrap=True)
    out.print(escape(f"{result.method}. Degrees of freedom: {result.df_method}."))
    out.print(Group(_card(result), _estimates(result), _refused(result), _lost(result)))
    for warning in result.warnings:
        out.print(f"[yellow]Note:[/] {escape(warning)}")
    if with_code and result.code is not None:
        _show_code(out, result)


def _card(result: FitResult) -> Table:
    table = Table("check", "", "", title="Trust card", title_justify="left", box=box.SIMPLE_HEAD)
    for check in result.checks:
        failed = "[red]failed[/]" if check.is_required else "[yellow]note[/]"
        table.add_row(
            check.name, "passed" if check.is_passed else failed, escape(check.explanation)
        )
    return table


def _estimates(result: FitResult) -> Table:
    table = Table(title="Estimates", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("term")
    for name in ("estimate", "SE", "95 % from", "to", "df", "p", "adjusted p"):
        table.add_column(name, justify="right")
    for row in result.coefficients:
        numbers = (row.estimate, row.se, row.ci_low, row.ci_high)
        table.add_row(
            escape(row.label),
            *(f"{number:.4f}" for number in numbers),
            "" if row.df is None else f"{row.df:.0f}",
            _p(row.p_value),
            "" if row.p_adjusted is None else _p(row.p_adjusted),
        )
    return table


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _refused(result: FitResult) -> Table:
    table = Table("not estimable", "why", box=box.SIMPLE_HEAD, show_header=True)
    for one in result.not_estimable:
        table.add_row(escape(one.term), escape(one.explanation))
    return table if result.not_estimable else Table(box=None)


def _lost(result: FitResult) -> Table:
    table = Table("rows lost", "rows", "participants", box=box.SIMPLE_HEAD)
    for lost in result.rows_lost:
        words = LOSSES.get(lost.reason, lost.reason)
        table.add_row(escape(words), f"{lost.n_rows:,}", f"{lost.n_participants:,}")
    return table if result.rows_lost else Table(box=None)


def _show_code(out: Console, result: FitResult) -> None:
    if result.code is None:
        return
    for name, text in (
        ("Python", result.code.python),
        ("statsmodels", result.code.statsmodels),
        ("R", result.code.r),
    ):
        out.print(f"\n[bold]{name}[/]")
        # Code is copied, so that lines are not wrapped and brackets are no markup.
        out.print(text, markup=False, highlight=False, soft_wrap=True)
