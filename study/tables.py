"""The study as tables: every `dim_*` table of a build that comes from the study file alone."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import polars as pl

from study.definition import EVERYONE, STAGES, Instrument, Scale, Schedule, Study
from study.dimensions import DIMENSIONS
from study.psd import BY_ID, PRINCIPLES
from study.scoring import items_of, least_items, score_range

DAYS_A_WEEK = 7
Row = Mapping[str, Any]
_KINDS: dict[str, type[pl.DataType]] = {
    "text": pl.String,
    "int": pl.Int32,
    "double": pl.Float64,
    "bool": pl.Boolean,
    "date": pl.Date,
}


def study_tables(study: Study) -> dict[str, pl.DataFrame]:
    """Every `dim_*` table of a study except `dim_build`, by name.

    Columns and types are the same for every study, also where a table is empty: ids and names are
    String, counts and positions Int32, scale points Float64. Positions count from 0.
    """
    return {name: _frame(_COLUMNS[name], rows(study)) for name, rows in _ROWS.items()}


def columns_of(table: str) -> frozenset[str]:
    """Names of a table's columns; none for a table that is not one of these."""
    return frozenset(part.partition(":")[0] for part in _COLUMNS.get(table, "").split())


def like_pattern(event: str) -> str:
    r"""An event name with `*` for anything as a SQL LIKE pattern with `\` as its escape."""
    for special in ("\\", "%", "_"):
        event = event.replace(special, f"\\{special}")
    return event.replace("*", "%")


def _frame(columns: str, rows: Iterable[Row]) -> pl.DataFrame:
    pairs = [column.split(":") for column in columns.split()]
    schema = {name: _KINDS[kind] for name, kind in pairs}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def _study(study: Study) -> Iterable[Row]:
    calendar, intended = study.study, study.intended_use
    yield {
        "study_id": calendar.id,
        "title": calendar.title,
        "time_zone": calendar.time_zone,
        "day_zero": calendar.day_zero,
        "week_rule": calendar.week_rule,
        "planned_weeks": calendar.planned_weeks,
        "last_week": calendar.last_week,
        "session_gap_s": round(calendar.session_gap_minutes * 60),
        "idle_cap_s": round(calendar.session_idle_cap_minutes * 60),
        "nonusage_days": calendar.nonusage_after_days,
        "has_intended_use": intended is not None,
        "justification": intended.justification if intended else None,
        "smallest_cell": study.privacy.smallest_cell,
    }


def _weeks(study: Study) -> Iterable[Row]:
    return ({"study_week": week} for week in range(study.study.last_week + 1))


def _arms(study: Study) -> Iterable[Row]:
    for position, arm in enumerate(study.arms):
        yield {
            "arm_id": arm.id,
            "label": arm.label,
            "masked_label": arm.masked_label,
            "allocation": arm.allocation,
            "position": position,
        }


def _sites(study: Study) -> Iterable[Row]:
    for position, site in enumerate(study.sites):
        yield {"site_id": site.id, "label": site.label, "position": position}


def _principles(_study: Study) -> Iterable[Row]:
    for position, principle in enumerate(PRINCIPLES):
        yield {
            "principle_id": principle.id,
            "label": principle.label,
            "category_id": principle.category.id,
            "category_label": principle.category.label,
            "position": position,
        }


def _features(study: Study) -> Iterable[Row]:
    for position, feature in enumerate(study.features):
        yield {
            "feature_id": feature.id,
            "label": feature.label,
            "principle_id": feature.principle,
            "category_id": BY_ID[feature.principle].category.id,
            "exposure_stage": feature.exposure_stage,
            "is_always_on": feature.always_on,
            "position": position,
        }


def _feature_events(study: Study) -> Iterable[Row]:
    """One row a property asked for; an event has to have all of them. NULL where none is."""
    for feature in study.features:
        for stage, pattern in sorted(
            feature.stages.items(), key=lambda pair: STAGES.index(pair[0])
        ):
            for name, value in pattern.where.items() or [(None, None)]:
                yield {
                    "feature_id": feature.id,
                    "stage": stage,
                    "stage_rank": STAGES.index(stage),
                    "event_like": like_pattern(pattern.event),
                    "property": name,
                    "property_value": value,
                    "valid_from": pattern.versions_from,
                    "valid_to": pattern.versions_to,
                }


def _instruments(study: Study) -> Iterable[Row]:
    for position, instrument in enumerate(study.instruments):
        yield {
            "instrument_id": instrument.id,
            "label": instrument.label,
            "position": position,
        }


def _items(study: Study) -> Iterable[Row]:
    for instrument in study.instruments:
        for item in instrument.items:
            yield {
                "instrument_id": instrument.id,
                "item_id": item,
                "low": instrument.low,
                "high": instrument.high,
                "is_reversed": item in instrument.reverse,
            }


def _each_scale(study: Study) -> Iterable[tuple[int, Instrument, Scale]]:
    for instrument in study.instruments:
        for position, scale in enumerate(instrument.scales):
            yield position, instrument, scale


def _scales(study: Study) -> Iterable[Row]:
    for position, instrument, scale in _each_scale(study):
        low, high = score_range(instrument, scale)
        yield {
            "instrument_id": instrument.id,
            "scale_id": scale.id,
            "label": scale.label,
            "aggregate": scale.aggregate,
            "multiplier": scale.multiplier,
            "shift": scale.shift,
            "min_items": least_items(instrument, scale),
            "n_items": len(items_of(instrument, scale)),
            "low": low,
            "high": high,
            "reliability": scale.reliability,
            "reliability_kind": scale.reliability_kind if scale.reliability else None,
            "sd": scale.sd,
            "position": position,
        }


def _scale_items(study: Study) -> Iterable[Row]:
    for _, instrument, scale in _each_scale(study):
        for item in scale.items:
            yield {"instrument_id": instrument.id, "scale_id": scale.id, "item_id": item}


def _scale_members(study: Study) -> Iterable[Row]:
    for _, instrument, scale in _each_scale(study):
        for part in scale.of:
            yield {
                "instrument_id": instrument.id,
                "scale_id": scale.id,
                "member_scale_id": part,
            }


def _dimensions(_study: Study) -> Iterable[Row]:
    for position, dimension in enumerate(DIMENSIONS):
        yield {
            "dimension_id": dimension.id,
            "label": dimension.label,
            "position": position,
            "is_total": dimension.is_total,
        }


def _dimension_scales(study: Study) -> Iterable[Row]:
    for name, dimension in study.dimensions.items():
        for position, scale in enumerate(dimension.scales):
            instrument_id, _, scale_id = scale.partition(".")
            yield {
                "dimension_id": name,
                "instrument_id": instrument_id,
                "scale_id": scale_id,
                "is_hypothesis": dimension.hypothesis,
                "position": position,
            }


def _hypotheses(study: Study) -> Iterable[Row]:
    for link in study.hypotheses:
        yield {"principle_id": link.principle, "dimension_id": link.dimension}


def _intended_use(study: Study) -> Iterable[Row]:
    """Every study week of every arm, 0 where nothing was due; arm NULL in a study without arms."""
    if study.intended_use is None:
        return
    sessions = study.intended_use.sessions
    arms: list[str | None] = [arm.id for arm in study.arms]
    for arm in arms or [None]:
        due = sessions.get(arm or EVERYONE, sessions.get(EVERYONE, ()))
        for week in range(study.study.last_week + 1):
            yield {
                "arm_id": arm,
                "study_week": week,
                "due_sessions": due[week] if week < len(due) else 0,
            }


def _ledger_events(study: Study) -> Iterable[Row]:
    """Steps of sessions from the intended use, of surveys from each instrument's schedule."""
    intended = study.intended_use
    sources: list[tuple[Any, str, str | None]] = [(intended, "session", None)]
    sources += [(instrument.schedule, "survey", instrument.id) for instrument in study.instruments]
    for source, kind, instrument_id in sources:
        for step in ("delivered", "opened", "done"):
            event = getattr(source, step, None)
            if event is not None:
                yield {
                    "step": step,
                    "kind": kind,
                    "instrument_id": instrument_id,
                    "event_like": like_pattern(event),
                }


def _surveys(study: Study) -> Iterable[Row]:
    for instrument in study.instruments:
        schedule = instrument.schedule or Schedule.model_construct(weeks=())
        for week in sorted(schedule.weeks):
            yield {
                "survey_id": f"{instrument.id}-week-{week}",
                "label": f"{instrument.label}, week {week}",
                "instrument_id": instrument.id,
                "study_week": week,
                "due_day": week * DAYS_A_WEEK,
                "window_before_days": schedule.window_days[0],
                "window_after_days": schedule.window_days[1],
            }


def _recruitment(study: Study) -> Iterable[Row]:
    """The whole study, where site_id is NULL, and every site; nothing without that section."""
    plan = study.recruitment
    if plan is None:
        return
    whole = {"by_date": plan.by, "closed_date": plan.closed}
    yield {"site_id": None, "target": plan.target, "begun_date": plan.begun, **whole}
    for site in study.sites:
        begun = plan.opened.get(site.id, plan.begun)
        target = plan.sites.get(site.id)
        yield {"site_id": site.id, "target": target, "begun_date": begun, **whole}


def _excused(study: Study) -> Iterable[Row]:
    for days in study.excused:
        yield {
            "site_id": days.site,
            "from_date": days.from_date,
            "to_date": days.to_date,
            "reason": days.reason,
        }


def _covariates(study: Study) -> Iterable[Row]:
    for position, covariate in enumerate(study.covariates):
        yield {
            "covariate_id": covariate.id,
            "label": covariate.label,
            "kind": covariate.kind,
            "position": position,
        }


def _variants(study: Study) -> Iterable[Row]:
    for position, variant in enumerate(study.variants):
        yield {
            "variant_id": variant.id,
            "label": variant.label,
            "feature_id": variant.feature,
            "property": variant.property,
            "property_value": variant.value,
            "is_randomised": variant.randomised,
            "probability": variant.probability,
            "position": position,
        }


def _adherence(study: Study) -> Iterable[Row]:
    for position, definition in enumerate(study.adherence):
        yield {
            "definition_id": definition.id,
            "label": definition.label,
            "rule": definition.rule,
            "threshold": definition.threshold,
            "minimum": definition.minimum,
            "justification": definition.justification,
            "position": position,
        }


_COLUMNS = {
    "dim_study": "study_id:text title:text time_zone:text day_zero:text week_rule:text "
    "planned_weeks:int last_week:int session_gap_s:int idle_cap_s:int nonusage_days:int "
    "has_intended_use:bool justification:text smallest_cell:int",
    "dim_weeks": "study_week:int",
    "dim_arms": "arm_id:text label:text masked_label:text allocation:double position:int",
    "dim_sites": "site_id:text label:text position:int",
    "dim_principles": "principle_id:text label:text category_id:text category_label:text "
    "position:int",
    "dim_features": "feature_id:text label:text principle_id:text category_id:text "
    "exposure_stage:text is_always_on:bool position:int",
    "dim_feature_events": "feature_id:text stage:text stage_rank:int event_like:text "
    "property:text property_value:text valid_from:text valid_to:text",
    "dim_instruments": "instrument_id:text label:text position:int",
    "dim_items": "instrument_id:text item_id:text low:double high:double is_reversed:bool",
    "dim_scales": "instrument_id:text scale_id:text label:text aggregate:text multiplier:double "
    "shift:double min_items:int n_items:int low:double high:double reliability:double "
    "reliability_kind:text sd:double position:int",
    "dim_scale_items": "instrument_id:text scale_id:text item_id:text",
    "dim_scale_members": "instrument_id:text scale_id:text member_scale_id:text",
    "dim_dimensions": "dimension_id:text label:text position:int is_total:bool",
    "dim_dimension_scales": "dimension_id:text instrument_id:text scale_id:text "
    "is_hypothesis:bool position:int",
    "dim_hypotheses": "principle_id:text dimension_id:text",
    "dim_intended_use": "arm_id:text study_week:int due_sessions:int",
    "dim_ledger_events": "step:text kind:text instrument_id:text event_like:text",
    "dim_surveys": "survey_id:text label:text instrument_id:text study_week:int due_day:int "
    "window_before_days:int window_after_days:int",
    "dim_recruitment": "site_id:text target:int begun_date:date by_date:date closed_date:date",
    "dim_excused": "site_id:text from_date:date to_date:date reason:text",
    "dim_adherence": "definition_id:text label:text rule:text threshold:double minimum:double "
    "justification:text position:int",
    "dim_covariates": "covariate_id:text label:text kind:text position:int",
    "dim_variants": "variant_id:text label:text feature_id:text property:text "
    "property_value:text is_randomised:bool probability:double position:int",
}
_ROWS: dict[str, Callable[[Study], Iterable[Row]]] = {
    "dim_study": _study,
    "dim_weeks": _weeks,
    "dim_arms": _arms,
    "dim_sites": _sites,
    "dim_principles": _principles,
    "dim_features": _features,
    "dim_feature_events": _feature_events,
    "dim_instruments": _instruments,
    "dim_items": _items,
    "dim_scales": _scales,
    "dim_scale_items": _scale_items,
    "dim_scale_members": _scale_members,
    "dim_dimensions": _dimensions,
    "dim_dimension_scales": _dimension_scales,
    "dim_hypotheses": _hypotheses,
    "dim_intended_use": _intended_use,
    "dim_ledger_events": _ledger_events,
    "dim_surveys": _surveys,
    "dim_recruitment": _recruitment,
    "dim_excused": _excused,
    "dim_adherence": _adherence,
    "dim_covariates": _covariates,
    "dim_variants": _variants,
}
