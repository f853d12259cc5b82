"""A loaded study, built on DuckDB and on Spark."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from etl.build import BuildOutcome, build
from etl.engines.engine import EngineChoice
from etl.engines.spark import choice_on
from etl.lake import choose_lake, keep_lake, lake_of
from etl.own_lake import OwnLake
from study.definition import Study
from warehouse.workspace import Workspace

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True)
class Built:
    """The builds of one study by either engine."""

    study: Study
    workspace: Workspace
    by_duckdb: Path
    by_spark: BuildOutcome


def on(session: "SparkSession", workspace: Workspace, own: OwnLake | None = None) -> EngineChoice:
    """Spark for a workspace, whose lake is made where it has none."""
    if lake_of(workspace) is None:
        choose_lake(workspace, workspace.root / "lake")
    keep_lake(workspace)
    lake = lake_of(workspace)
    assert lake is not None
    return choice_on(session, lake, own)


def built_twice(
    session: "SparkSession", study: Study, workspace: Workspace, by_duckdb: Path | None = None
) -> Built:
    """Build a loaded study on both, the first unless it was built before."""
    first = by_duckdb or build(study, workspace, full=True).path
    second = build(study, workspace, engine=on(session, workspace))
    return Built(study, workspace, first, second)
