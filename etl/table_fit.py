"""`rapport fit --data`: from a file to a fitted model, as text or as JSON."""

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from etl.console import console
from etl.progress import Progress, TerminalProgress, quiet
from etl.sums.answer import EngineWish, Share, fit_by_engine, fit_shared
from etl.table_report import report
from etl.table_source import open_table
from etl.version import rapport_version
from models.table.answer import TableFit
from models.table.fit import fit_request
from models.table.request import check_columns, request
from models.table.rows import ColumnError
from models.table.streaming import can_stream, fit_stream
from study.errors import UserError

FITTED, NO_NUMBER = 0, 1
MOST_ROWS_HELD = 2_000_000
"""Above this, rows of a Parquet file pass by in stretches where the formula allows it."""


def fit_file(
    path: Path,
    formula: str,
    *,
    family: str = "gaussian",
    method: str | None = None,
    df: str = "satterthwaite",
    progress: Progress | None = None,
    wish: EngineWish | None = None,
    share: Share | None = None,
) -> TableFit:
    """Fit a mixed model to a CSV or Parquet file; see `models.table.fit.fit_table`.

    Of a CSV file the types are found in all rows; columns that only name groups stay text. Of a
    large Parquet file the rows are never held together where the formula allows it. An engine other
    than polars reads Parquet, also a folder of it, and hands over sums of rows alone; so does
    whatever shares statistics.

    Raises
    ------
    UserError
        If file, formula and options do not go together.
    """
    asked = request(formula, family=family, method=method, df=df)
    if share is not None or (wish is not None and wish.name != "polars"):
        return fit_by_engine(path, asked, wish or EngineWish(), share)
    table = open_table(path)
    check_columns(asked.formula, table.columns, path.name)
    try:
        if (table.n_rows or 0) > MOST_ROWS_HELD and can_stream(asked):
            return fit_stream(table.source(progress or quiet()), asked, path.name)
        frame = table.read(asked.columns, asked.labels)
        return fit_request(frame, asked, path.name, table.delimiter)
    except ColumnError as error:
        raise UserError(f"{path.name}: {error}") from error


def run(
    path: Path,
    formula: str,
    *,
    family: str,
    method: str | None,
    df: str,
    as_json: bool,
    with_code: bool,
    wish: EngineWish | None = None,
    share: Share | None = None,
) -> int:
    """Fit, write to standard output and give the exit code: 0 fitted, 1 no number."""
    terminal = Console(stderr=True)
    progress = TerminalProgress(terminal) if terminal.is_terminal else quiet()
    fit = fit_file(
        path,
        formula,
        family=family,
        method=method,
        df=df,
        progress=progress,
        wish=wish,
        share=share,
    )
    return show(fit, path.name, as_json=as_json, with_code=with_code)


def run_shared(
    paths: Sequence[Path], *, method: str | None, df: str, as_json: bool, with_code: bool
) -> int:
    """The same, of files of statistics."""
    fit = fit_shared(paths, method=method, df=df)
    names = ", ".join(path.name for path in paths)
    return show(fit, names, as_json=as_json, with_code=with_code)


def show(fit: TableFit, source: str, *, as_json: bool, with_code: bool) -> int:
    """Write a fit to standard output and give the exit code."""
    if as_json:
        answer = fit.to_dict() | {"data": source, "version": rapport_version()}
        # Not through rich, which would break long lines.
        console().file.write(
            json.dumps(answer, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        )
    else:
        out = console()
        for part in report(fit, source, with_code=with_code):
            out.print(part)
    return NO_NUMBER if fit.error else FITTED
