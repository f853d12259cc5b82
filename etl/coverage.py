"""Whether the study file and the data speak of the same events and participants."""

import re

import duckdb
import polars as pl

from etl.findings import Finding
from queries import sqlfile
from study.definition import EventPattern, Study

UNMAPPED_SHOWN = 10
STEP_KEYS = ("done", "delivered", "opened")


def feature_findings(con: duckdb.DuckDBPyConnection, study: Study) -> list[Finding]:
    """Events that nothing in the study file names, and stages of features that never happen."""
    volumes = sqlfile.load("load/event_volumes.sql").fetch(con)
    if volumes.is_empty():
        return []
    return [
        *(_unused(*one) for one in unseen_names(con, study)),
        *_unmapped(volumes, study),
        *_unseen(con, volumes, study),
    ]


def unseen_names(con: duckdb.DuckDBPyConnection, study: Study) -> list[tuple[str, str]]:
    """(key, event name) of sessions and surveys in the study file that no loaded event has.

    Nothing is said while there is no event at all.
    """
    volumes = sqlfile.load("load/event_volumes.sql").fetch(con)
    if volumes.is_empty():
        return []
    return [
        (key, name)
        for key, name in _named_events(study)
        if not any(_fits(name, event) for event in volumes["event_name"])
    ]


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


def _named_events(study: Study) -> list[tuple[str, str]]:
    """(key, event name) of sessions and surveys in the study file, features aside."""
    parts: list[tuple[str, object]] = [("intended_use", study.intended_use)]
    parts += [(f"instruments.{one.id}.schedule", one.schedule) for one in study.instruments]
    return [
        (f"{place}.{key}", name)
        for place, part in parts
        for key in STEP_KEYS
        if (name := getattr(part, key, None))
    ]


def _unused(key: str, name: str) -> Finding:
    lost = " Every session due would count as missed." if key == "intended_use.done" else ""
    return Finding(
        "warning",
        key,
        f"No event is called {name!r}.{lost}",
        "Correct the event's name in study.toml, or take the key out.",
    )


def _unmapped(volumes: pl.DataFrame, study: Study) -> list[Finding]:
    patterns = [stage.event for feature in study.features for stage in feature.stages.values()]
    patterns += [name for _, name in _named_events(study)]
    unmapped = [
        (name, n_events)
        for name, n_events in volumes.select("event_name", "n_events").iter_rows()
        if not any(_fits(pattern, name) for pattern in patterns)
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
    names = [name for name in volumes["event_name"] if _fits(pattern.event, name)]
    if not names or not pattern.where:
        return bool(names)
    found = sqlfile.load("load/event_matches.sql").fetch(
        con,
        names=names,
        keys=list(pattern.where),
        values=list(pattern.where.values()),
    )
    return bool(found["n_events"][0])


def _fits(pattern: str, name: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name) is not None
