"""Whether the study file and the data speak of the same events and participants."""

import re

import duckdb
import polars as pl

from etl.findings import Finding
from queries import sqlfile
from study.definition import EventPattern, Study

UNMAPPED_SHOWN = 10


def feature_findings(con: duckdb.DuckDBPyConnection, study: Study) -> list[Finding]:
    """Events that nothing in the study file names, and stages of features that never happen."""
    volumes = sqlfile.load("load/event_volumes.sql").fetch(con)
    if volumes.is_empty():
        return []
    return [*_unmapped(volumes, study), *_unseen(con, volumes, study)]


def participant_findings(con: duckdb.DuckDBPyConnection) -> list[Finding]:
    """Participants that only the roster, or only the data, know."""
    counts = sqlfile.load("load/strangers.sql").fetch(con).row(0, named=True)
    findings = []
    if counts["n_in_roster"] and counts["n_not_in_roster"]:
        findings.append(
            Finding(
                "warning",
                "roster",
                f"{counts['n_not_in_roster']:,} participant(s) have events or answers but are not "
                "in the roster: their rows would be refused.",
                "Add them to the roster, or check that both files spell ids alike.",
            )
        )
    if counts["n_in_roster"] and counts["n_without_data"]:
        findings.append(
            Finding(
                "info",
                "roster",
                f"{counts['n_without_data']:,} of {counts['n_in_roster']:,} participants of the "
                "roster have neither event nor answer.",
                "They count as enrolled without use, if that is so.",
            )
        )
    return findings


def _unmapped(volumes: pl.DataFrame, study: Study) -> list[Finding]:
    use = study.intended_use
    patterns = [stage.event for feature in study.features for stage in feature.stages.values()]
    patterns += [name for name in (use.done, use.delivered, use.opened) if name] if use else []
    named = [re.compile(_regex(pattern)) for pattern in patterns]
    unmapped = [
        (name, n_events)
        for name, n_events in volumes.select("event_name", "n_events").iter_rows()
        if not any(pattern.fullmatch(name) for pattern in named)
    ]
    if not unmapped:
        return []
    listed = ", ".join(f"{name} ({n_events:,})" for name, n_events in unmapped[:UNMAPPED_SHOWN])
    more = f" and {len(unmapped) - UNMAPPED_SHOWN} more" if len(unmapped) > UNMAPPED_SHOWN else ""
    return [
        Finding(
            "info",
            "features",
            f"{len(unmapped)} event name(s) belong to no feature: {listed}{more}.",
            "Map those that reach participants as features in study.toml; the rest is usage.",
        )
    ]


def _unseen(con: duckdb.DuckDBPyConnection, volumes: pl.DataFrame, study: Study) -> list[Finding]:
    return [
        Finding(
            "warning",
            f"features.{feature.id}.stages.{stage}",
            f"No event matches {pattern.event!r}"
            + (f" with {', '.join(pattern.where)} as given." if pattern.where else "."),
            "Correct the event's name or 'where' in study.toml, or take the stage out.",
        )
        for feature in study.features
        for stage, pattern in feature.stages.items()
        if not _happens(con, volumes, pattern)
    ]


def _happens(con: duckdb.DuckDBPyConnection, volumes: pl.DataFrame, pattern: EventPattern) -> bool:
    regex = re.compile(_regex(pattern.event))
    names = [name for name in volumes["event_name"] if regex.fullmatch(name)]
    if not names or not pattern.where:
        return bool(names)
    found = sqlfile.load("load/event_matches.sql").fetch(
        con,
        names=names,
        paths=[f'$."{key}"' for key in pattern.where],
        values=list(pattern.where.values()),
    )
    return bool(found["n_events"][0])


def _regex(pattern: str) -> str:
    return ".*".join(re.escape(part) for part in pattern.split("*"))
