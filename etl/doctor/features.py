"""Whether the study file and the data speak of the same events, and features that teach nothing."""

from dataclasses import dataclass

import polars as pl

from etl.doctor.findings import Finding, counted, share, some
from etl.doctor.raw_tables import RawTables, fits, total
from study.definition import EventPattern, Feature, Study

UNMAPPED_SHOWN = 10
STEP_KEYS = ("done", "delivered", "opened")
ALWAYS = 0.99
"""Of the days of use: met on more of them, a feature is there whenever the app is."""
LEAST_DAYS, LEAST_PEOPLE, LEAST_EVENTS = 100, 5, 20


def feature_findings(raw: RawTables) -> list[Finding]:
    """What the study file names and no event has, the reverse, and features without variation."""
    if raw.volumes.is_empty():
        return []
    found = [_unused(*one) for one in unseen_names(raw.study, raw.volumes)]
    used = raw.fetch("use_days", automatic=raw.automatic(), one_in=raw.one_in)
    for feature in raw.study.features:
        for stage, pattern in feature.stages.items():
            met = _met(raw, pattern)
            if met.is_empty():
                found.append(_unseen(feature, stage, pattern, raw))
            elif stage == feature.exposure_stage:
                found += _without_variation(_Exposed(raw, feature, met, used))
    return [*found, *_unmapped(raw), *_versions(raw)]


def unseen_names(study: Study, volumes: pl.DataFrame) -> list[tuple[str, str]]:
    """(key, event name) of sessions and surveys in the study file that no event has."""
    return [
        (key, name)
        for key, name in named_events(study)
        if not any(fits(name, event) for event in volumes["event_name"])
    ]


def named_events(study: Study) -> list[tuple[str, str]]:
    """(key, event name) of sessions and surveys in the study file, features aside."""
    parts: list[tuple[str, object]] = [("intended_use", study.intended_use)]
    parts += [(f"instruments.{one.id}.schedule", one.schedule) for one in study.instruments]
    return [
        (f"{place}.{key}", name)
        for place, part in parts
        for key in STEP_KEYS
        if (name := getattr(part, key, None))
    ]


def _met(raw: RawTables, pattern: EventPattern) -> pl.DataFrame:
    return raw.fetch(
        "pattern_days",
        names=raw.names(pattern.event),
        keys=list(pattern.where),
        values=list(pattern.where.values()),
        one_in=raw.one_in,
    )


def _unused(key: str, name: str) -> Finding:
    lost = " Every session due would count as missed." if key == "intended_use.done" else ""
    return Finding(
        code="no_such_event",
        severity="warning",
        subject=key,
        message=f"No event is called {name!r}.{lost}",
        remedy="Correct the event's name in study.toml, or take the key out.",
    )


def _unseen(feature: Feature, stage: str, pattern: EventPattern, raw: RawTables) -> Finding:
    given = f" with {', '.join(pattern.where)} as given" if pattern.where else ""
    return Finding(
        code="no_such_event",
        severity="warning",
        subject=f"features.{feature.id}.stages.{stage}",
        message=f"No event matches {pattern.event!r}{given}{raw.sampled}.",
        remedy="Correct the event's name or 'where' in study.toml, or take the stage out.",
    )


def _unmapped(raw: RawTables) -> list[Finding]:
    study = raw.study
    patterns = [stage.event for feature in study.features for stage in feature.stages.values()]
    patterns += [name for _, name in named_events(study)]
    unmapped = [
        (name, n_events)
        for name, n_events in raw.volumes.select("event_name", "n_events").iter_rows()
        if not any(fits(pattern, name) for pattern in patterns)
    ]
    if not unmapped:
        return []
    listed = some((f"{name} ({n_events:,})" for name, n_events in unmapped), UNMAPPED_SHOWN)
    verb = "belongs" if len(unmapped) == 1 else "belong"
    return [
        Finding(
            code="unmapped_events",
            severity="info",
            subject="features",
            message=f"{counted(len(unmapped), 'event name')} {verb} to no feature: {listed}.",
            remedy="Map those that reach participants as features in study.toml; the rest is "
            "usage.",
            count=sum(n_events for _, n_events in unmapped),
        )
    ]


@dataclass(frozen=True)
class _Exposed:
    """A feature: on which days who met it (`met`), and on which days who used the app (`used`)."""

    raw: RawTables
    feature: Feature
    met: pl.DataFrame
    used: pl.DataFrame

    def people(self) -> pl.DataFrame:
        """Who used the app: `arm_id`, and how often they met the feature (`n_events`)."""
        counts = self.met.group_by("participant_id").agg(pl.col("n_events").sum())
        people = self.used.select("participant_id", "arm_id").unique()
        return people.join(counts, on="participant_id", how="left")

    def finding(self, code: str, *, is_grave: bool, message: str, remedy: str) -> Finding:
        return Finding(
            code=code,
            severity="warning" if is_grave else "info",
            subject=f"features.{self.feature.id}",
            message=message + f"{self.raw.sampled}.",
            remedy=remedy,
            count=total(self.met["n_events"]),
        )


def _without_variation(one: _Exposed) -> list[Finding]:
    always = _always_on(one)
    return always or [*_same_for_all(one), *_one_arm(one)]


def _always_on(one: _Exposed) -> list[Finding]:
    met = one.used.join(one.met, on=["participant_id", "local_date"], how="semi").height
    used = one.used.height
    if used < LEAST_DAYS or met < ALWAYS * used:
        return []
    declared = one.feature.always_on
    return [
        one.finding(
            "feature_always_on",
            is_grave=not declared,
            message=f"It is met on {share(met, used)} of the days of use: no effect "
            "of it can be told from that of using the app",
            remedy="The study file says so (always_on)."
            if declared
            else "Set always_on = true, or name the event that shows it was really met.",
        )
    ]


def _same_for_all(one: _Exposed) -> list[Finding]:
    counts = one.people()["n_events"]
    is_same = counts.len() >= LEAST_PEOPLE and counts.null_count() == 0 and counts.n_unique() == 1
    if not is_same:
        return []
    return [
        one.finding(
            "feature_same_for_all",
            is_grave=True,
            message=f"All {counts.len():,} participants met it equally often "
            f"({counted(counts[0], 'time')}): without a difference there is no effect to estimate",
            remedy="Check the event's name and 'where', or name it as always_on.",
        )
    ]


def _one_arm(one: _Exposed) -> list[Finding]:
    people = one.people().filter(pl.col("arm_id").is_not_null())
    arms = people.group_by("arm_id").agg(pl.len().alias("n_people"))
    compared = arms.filter(pl.col("n_people") >= LEAST_PEOPLE)
    met = people.filter(pl.col("n_events") > 0)
    is_one = compared.height > 1 and met["arm_id"].n_unique() == 1
    if not is_one or total(met["n_events"]) < LEAST_EVENTS or not one.raw.study.arms:
        return []
    return [
        one.finding(
            "feature_one_arm",
            is_grave=False,
            message=f"Only participants of one of {compared.height} arms met it: its effect cannot "
            "be told from that of the arm",
            remedy="If it was meant for that arm alone, compare within the arm.",
        )
    ]


def _versions(raw: RawTables) -> list[Finding]:
    versioned = [
        feature.id
        for feature in raw.study.features
        if any(one.versions_from or one.versions_to for one in feature.stages.values())
    ]
    if not versioned:
        return []
    return [
        Finding(
            code="app_version_unknown",
            severity="warning",
            source=row["source_id"],
            subject="app_version",
            message=f"{share(row['n_unknown'], row['n_events'])} of the events do not say which "
            f"version of the app they come from, and {some(versioned)} "
            f"{'depends' if len(versioned) == 1 else 'depend'} on it.",
            remedy="Name the field with the version as app_version of the source.",
            count=row["n_unknown"],
        )
        for row in raw.fetch("versions").iter_rows(named=True)
        if row["n_unknown"] >= 0.01 * row["n_events"]
    ]
