"""`rapport fit --data` by an engine, and statistics that are shared instead of rows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from etl.engines.spark_session import SparkPlace, place_of
from etl.sums.engine import Name, open_engine
from etl.table_source import open_table
from models.table.answer import TableFit
from models.table.fit import unfitted
from models.table.request import Request, check_columns, request
from models.table.rows import ColumnError
from models.table.statistics import Statistics, by_pattern, fit_statistics, merged
from models.table.sums import fit_sums
from study.errors import UserError

NOT_FROM_SUMS = (
    "Fitted from statistics without rows: diagnostics, bootstrap, Kenward and Roger's degrees of "
    "freedom and raw figures need the rows."
)


@dataclass(frozen=True)
class Share:
    """Where statistics go, and how fine they are."""

    path: Path
    per_participant: bool = False
    may_be_small: bool = False


@dataclass(frozen=True)
class EngineWish:
    """Which engine sums rows up, and where Spark runs."""

    name: Name = "polars"
    place: SparkPlace | None = None


def wish_of(name: Name, master: str | None, settings: Sequence[str]) -> EngineWish:
    """What was asked for on the command line.

    Raises
    ------
    UserError
        If Spark is described and not asked for, or a setting is none.
    """
    if name != "spark":
        if master is not None or settings:
            raise UserError(
                "--master and --spark-conf say where Spark runs: add --engine spark, or leave them."
            )
        return EngineWish(name)
    return EngineWish(name, place_of(master, tuple(settings)))


def fit_by_engine(
    path: Path, asked: Request, wish: EngineWish, share: Share | None = None
) -> TableFit:
    """Fit a model from sums that an engine makes of a Parquet file, or of a folder of them.

    Raises
    ------
    UserError
        If the file is no Parquet, the engine is not installed, formula and columns do not go
        together, or the statistics may not be shared.
    """
    per_participant = share is not None and share.per_participant
    # Statistics of a few rows that polars could read are made by DuckDB: by the same queries.
    engine_name: Name = "duckdb" if wish.name == "polars" else wish.name
    with (
        _parquet(path, asked, may_be_text=wish.name == "polars") as files,
        open_engine(engine_name, wish.place) as engine,
    ):
        # sqlglot takes longer to import than most fits take.
        from etl.sums.gather import gather
        from etl.sums.model_table import TABLE

        try:
            engine.open(TABLE, files)
            found, model = gather(engine, asked, path.name, by_participant=per_participant)
        except ColumnError as error:
            raise UserError(f"{path.name}: {error}") from error
        types = engine.types(TABLE)
    fit = fit_sums(unfitted(asked, path.name, model.text_levels(types)), model.outline, found.sums)
    if share is None:
        return fit
    return replace(fit, warnings=(*fit.warnings, _write(found, share)))


def fit_shared(paths: Sequence[Path], *, method: str | None, df: str) -> TableFit:
    """Fit the model of one or more files of statistics, as of all their rows at once.

    Raises
    ------
    UserError
        If a file holds no statistics, or they are of different models.
    """
    from etl.sums.statistics_file import read

    together = merged([read(path) for path in paths])
    asked = request(together.formula, method=method, df=df)
    if asked.df == "kr":
        raise UserError(
            "--df kr: Kenward and Roger's degrees of freedom need the rows. Use satterthwaite."
        )
    fit = fit_statistics(together, asked)
    return replace(fit, warnings=(*fit.warnings, NOT_FROM_SUMS))


@contextmanager
def _parquet(path: Path, asked: Request, *, may_be_text: bool) -> Iterator[Path]:
    """The file or folder that an engine reads; of a CSV file, a copy as Parquet for the time."""
    if path.is_dir():
        if next(path.rglob("*.parquet"), None) is None:
            raise UserError(f"{path}: there is no Parquet file in this folder.")
        yield path.resolve()
        return
    table = open_table(path)
    if table.format == "Parquet":
        yield path.resolve()
        return
    if not may_be_text:
        raise UserError(
            f"{path.name}: DuckDB and Spark read Parquet here. Leave --engine out: polars reads "
            "CSV, and finds the types of its columns in all rows."
        )
    check_columns(asked.formula, table.columns, path.name)
    with TemporaryDirectory(prefix="rapport-table-") as folder:
        copy = Path(folder) / "table.parquet"
        table.read(asked.columns, asked.labels).write_parquet(copy)
        yield copy


def _write(found: Statistics, share: Share) -> str:
    """Write the file; what to say of it."""
    from etl.sums.statistics_file import SMALL, write

    shared = found if share.per_participant else by_pattern(found)
    write(share.path, shared, may_be_small=share.may_be_small or share.per_participant)
    counts = shared.member_counts
    n_small = int((counts < SMALL).sum())
    said = f"{share.path.name}: {len(counts):,} sums, the smallest of {shared.smallest}"
    if share.per_participant:
        return f"{said} participant, with ids. This is personal data."
    if not n_small:
        return f"{said} participants."
    return f"{said} participant(s); {n_small:,} are of fewer than {SMALL}. This is personal data."
