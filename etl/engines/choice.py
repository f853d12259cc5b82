"""Which engine a command was asked for, and its beginning and end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from etl.edition_names import wanted_editions
from etl.engines.duckdb import DUCKDB
from etl.engines.engine import EngineChoice
from etl.engines.spark_session import SparkPlace, place_of, require_spark
from etl.lake import choose_lake, lake_of
from etl.own_lake import (
    LEAVE,
    OwnLake,
    choose_own_lake,
    leave_own_lake,
    own_lake_of,
    require_read,
)
from study.blinding import EditionName
from study.definition import Study
from study.errors import UserError
from warehouse.workspace import Workspace

EngineName = Literal["duckdb", "spark"]


@dataclass(frozen=True)
class EngineWish:
    """What `rapport load` was asked for; `lake` is a folder that was named for it now, `own_lake`
    one of the team's to be read from now on, and `leaves_own` says to read that no more.
    """

    name: EngineName = "duckdb"
    place: SparkPlace | None = None
    lake: Path | None = None
    own_lake: Path | None = None
    leaves_own: bool = False


def wish_of(
    name: EngineName,
    master: str | None,
    settings: tuple[str, ...],
    lake: Path | None,
    own_lake: Path | None = None,
    *,
    leaves_own: bool = False,
) -> EngineWish:
    """What the options ask for.

    Raises
    ------
    UserError
        If they contradict each other, or Spark is asked for and something that it needs is missing.
    """
    if own_lake is not None and leaves_own:
        raise UserError("--own-lake names a lake to be read and --no-own-lake none: leave one.")
    if name == "duckdb":
        if own_lake is not None:
            raise UserError(
                "A lake of your own is read by Spark alone: add --engine spark, or leave it out."
            )
        if master is not None or settings:
            raise UserError(
                "--master and --spark-conf say where Spark runs: add --engine spark, or leave them."
            )
        return EngineWish(lake=lake, leaves_own=leaves_own)
    place = place_of(master, settings)
    # Said before hours of loading, not after them.
    require_spark()
    return EngineWish(name, place, lake, own_lake, leaves_own)


def refuse_editions(
    study: Study, workspace: Workspace, wish: EngineWish, asked: tuple[EditionName, ...]
) -> None:
    """Raise `UserError` where an edition for masked viewers is wanted beside a lake of the team's.

    Which names of events tell the arm is found out from what was loaded; those of such a lake
    would be shown without having been looked at.
    """
    own = wish.own_lake or (None if wish.leaves_own else own_lake_of(workspace))
    wanted = wanted_editions(study, workspace, asked) if own else ()
    if wanted:
        raise UserError(
            f"The {wanted[0]} edition is asked for, was made before, or is needed by accounts, and "
            f"cannot be made while builds read a lake of your own ({own}): which names of events "
            f"tell the arm is only found out from exports. Nothing was changed. {LEAVE}."
        )


def settle_lake(workspace: Workspace, wish: EngineWish) -> str | None:
    """Choose the lake that a wish needs; returns what to tell of it, if anything.

    Spark reads events from a lake: where none was named, now or before, it is `lake` in the
    workspace. A lake of the team's own is looked at before hours of loading.

    Raises
    ------
    UserError
        If a lake cannot be used, or events lie in one that the engine does not read.
    """
    workspace.require_writable()
    if wish.leaves_own:
        leave_own_lake(workspace)
    if wish.name == "duckdb":
        require_read(workspace, None)
    said = _settle_rapports(workspace, wish)
    if wish.own_lake is not None:
        choose_own_lake(workspace, wish.own_lake)
    return said


def _settle_rapports(workspace: Workspace, wish: EngineWish) -> str | None:
    if wish.lake is not None:
        return choose_lake(workspace, wish.lake)
    if wish.name == "spark" and lake_of(workspace) is None:
        return choose_lake(workspace, workspace.root / "lake")
    return None


@contextmanager
def chosen(
    wish: EngineWish, workspace: Workspace, own: OwnLake | None = None
) -> Iterator[EngineChoice]:
    """The engine that a wish names, begun; what it started ends with it.

    `own` is the lake of the team's that it reads beside what was loaded.
    """
    lake = lake_of(workspace)
    if wish.place is None or lake is None:
        yield DUCKDB
        return
    # PySpark takes longer to open than most loads.
    from etl.engines.spark import running

    with running(wish.place, lake, own) as engine:
        yield engine
