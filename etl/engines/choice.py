"""Which engine a command was asked for, and its beginning and end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from etl.engines.duckdb import DUCKDB
from etl.engines.engine import EngineChoice
from etl.engines.spark_session import SparkPlace, place_of, require_spark
from etl.lake import choose_lake, lake_of
from study.errors import UserError
from warehouse.workspace import Workspace

EngineName = Literal["duckdb", "spark"]


@dataclass(frozen=True)
class EngineWish:
    """What `rapport load` was asked for; `lake` is a folder that was named for it now."""

    name: EngineName = "duckdb"
    place: SparkPlace | None = None
    lake: Path | None = None


def wish_of(
    name: EngineName, master: str | None, settings: tuple[str, ...], lake: Path | None
) -> EngineWish:
    """What the options ask for.

    Raises
    ------
    UserError
        If they contradict each other, or Spark is asked for and something that it needs is missing.
    """
    if name == "duckdb":
        if master is not None or settings:
            raise UserError(
                "--master and --spark-conf say where Spark runs: add --engine spark, or leave them."
            )
        return EngineWish(lake=lake)
    place = place_of(master, settings)
    # Said before hours of loading, not after them.
    require_spark()
    return EngineWish(name, place, lake)


def settle_lake(workspace: Workspace, wish: EngineWish) -> str | None:
    """Choose the lake that a wish needs; returns what to tell of it, if anything.

    Spark reads events from a lake: where none was named, now or before, it is `lake` in the
    workspace.
    """
    workspace.require_writable()
    if wish.lake is not None:
        return choose_lake(workspace, wish.lake)
    if wish.name == "spark" and lake_of(workspace) is None:
        return choose_lake(workspace, workspace.root / "lake")
    return None


@contextmanager
def chosen(wish: EngineWish, workspace: Workspace) -> Iterator[EngineChoice]:
    """The engine that a wish names, begun; what it started ends with it."""
    lake = lake_of(workspace)
    if wish.place is None or lake is None:
        yield DUCKDB
        return
    # PySpark takes longer to open than most loads.
    from etl.engines.spark import running

    with running(wish.place, lake) as engine:
        yield engine
