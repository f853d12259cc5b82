"""The study as tables."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.file import load_study
from study.tables import like_pattern, study_tables
from study.template import write_template

TEXT, INT, DOUBLE, BOOL, DATE = pl.String, pl.Int32, pl.Float64, pl.Boolean, pl.Date
SCHEMAS = {
    "dim_study": {
        "study_id": TEXT,
        "title": TEXT,
        "time_zone": TEXT,
        "day_zero": TEXT,
        "week_rule": TEXT,
        "planned_weeks": INT,
        "last_week": INT,
        "session_gap_s": INT,
        "idle_cap_s": INT,
        "nonusage_days": INT,
        "has_intended_use": BOOL,
        "justification": TEXT,
        "smallest_cell": INT,
    },
    "dim_weeks": {"study_week": INT},
    "dim_arms": {
        "arm_id": TEXT,
        "label": TEXT,
        "masked_label": TEXT,
        "allocation": DOUBLE,
        "position": INT,
    },
    "dim_variants": {
        "variant_id": TEXT,
        "label": TEXT,
        "feature_id": TEXT,
        "property": TEXT,
        "property_value": TEXT,
        "is_randomised": BOOL,
        "probability": DOUBLE,
        "position": INT,
    },
    "dim_sites": {"site_id": TEXT, "label": TEXT, "position": INT},
    "dim_principles": {
        "principle_id": TEXT,
        "label": TEXT,
        "category_id": TEXT,
        "category_label": TEXT,
        "position": INT,
    },
    "dim_features": {
        "feature_id": TEXT,
        "label": TEXT,
        "principle_id": TEXT,
        "category_id": TEXT,
        "exposure_stage": TEXT,
        "is_always_on": BOOL,
        "position": INT,
    },
    "dim_feature_events": {
        "feature_id": TEXT,
        "stage": TEXT,
        "stage_rank": INT,
        "event_like": TEXT,
        "property": TEXT,
        "property_value": TEXT,
        "valid_from": TEXT,
        "valid_to": TEXT,
    },
    "dim_instruments": {"instrument_id": TEXT, "label": TEXT, "position": INT},
    "dim_items": {
        "instrument_id": TEXT,
        "item_id": TEXT,
        "low": DOUBLE,
        "high": DOUBLE,
        "is_reversed": BOOL,
    },
    "dim_scales": {
        "instrument_id": TEXT,
        "scale_id": TEXT,
        "label": TEXT,
        "aggregate": TEXT,
        "multiplier": DOUBLE,
        "shift": DOUBLE,
        "min_items": INT,
        "n_items": INT,
        "low": DOUBLE,
        "high": DOUBLE,
        "reliability": DOUBLE,
        "reliability_kind": TEXT,
        "sd": DOUBLE,
        "position": INT,
    },
    "dim_scale_items": {"instrument_id": TEXT, "scale_id": TEXT, "item_id": TEXT},
    "dim_scale_members": {"instrument_id": TEXT, "scale_id": TEXT, "member_scale_id": TEXT},
    "dim_dimensions": {"dimension_id": TEXT, "label": TEXT, "position": INT, "is_total": BOOL},
    "dim_dimension_scales": {
        "dimension_id": TEXT,
        "instrument_id": TEXT,
        "scale_id": TEXT,
        "is_hypothesis": BOOL,
        "position": INT,
    },
    "dim_hypotheses": {"principle_id": TEXT, "dimension_id": TEXT},
    "dim_intended_use": {"arm_id": TEXT, "study_week": INT, "due_sessions": INT},
    "dim_ledger_events": {"step": TEXT, "kind": TEXT, "instrument_id": TEXT, "event_like": TEXT},
    "dim_surveys": {
        "survey_id": TEXT,
        "label": TEXT,
        "instrument_id": TEXT,
        "study_week": INT,
        "due_day": INT,
        "window_before_days": INT,
        "window_after_days": INT,
    },
    "dim_recruitment": {
        "site_id": TEXT,
        "target": INT,
        "begun_date": DATE,
        "by_date": DATE,
        "closed_date": DATE,
    },
    "dim_excused": {"site_id": TEXT, "from_date": DATE, "to_date": DATE, "reason": TEXT},
    "dim_adherence": {
        "definition_id": TEXT,
        "label": TEXT,
        "rule": TEXT,
        "threshold": DOUBLE,
        "minimum": DOUBLE,
        "justification": TEXT,
        "position": INT,
    },
    "dim_covariates": {"covariate_id": TEXT, "label": TEXT, "kind": TEXT, "position": INT},
}
FILLED_BY_EVERYONE = {"dim_study", "dim_weeks", "dim_principles", "dim_dimensions"}


@pytest.fixture
def full(tmp_path):
    """Tables of the study file that `rapport init` writes: it has something of everything."""
    return study_tables(load_study(write_template(tmp_path)))


@pytest.fixture
def least(load, part):
    """Tables of the least study there can be."""
    return study_tables(load(part["least"]))


def test_columns_and_types_of_a_full_study(full):
    assert {name: dict(table.schema) for name, table in full.items()} == SCHEMAS
    empty = {name for name, table in full.items() if table.is_empty()}
    assert empty == {"dim_scale_members", "dim_covariates", "dim_variants"}


def test_columns_and_types_are_the_same_where_there_is_nothing(least):
    assert {name: dict(table.schema) for name, table in least.items()} == SCHEMAS
    assert {name for name, table in least.items() if not table.is_empty()} == FILLED_BY_EVERYONE


def test_column_order_is_that_of_the_contract(full):
    assert {name: table.columns for name, table in full.items()} == {
        name: list(schema) for name, schema in SCHEMAS.items()
    }


def test_the_study(full):
    row = full["dim_study"].row(0, named=True)
    assert (row["planned_weeks"], row["last_week"]) == (12, 24)
    assert (row["session_gap_s"], row["idle_cap_s"]) == (1800, 600)
    assert row["has_intended_use"]
    assert row["justification"].startswith("Protocol")
    assert full["dim_weeks"]["study_week"].to_list() == list(range(25))


def test_a_study_without_intended_use(least):
    row = least["dim_study"].row(0, named=True)
    assert (row["has_intended_use"], row["justification"]) == (False, None)


def test_events_of_features(full):
    rows = full["dim_feature_events"].filter(feature_id="reminder").rows()
    kind = ("kind", "reminder")
    assert rows == [
        ("reminder", "offered", 0, r"notification\_scheduled", *kind, None, None),
        ("reminder", "delivered", 1, r"notification\_delivered", *kind, None, None),
        ("reminder", "seen", 2, r"notification\_opened", *kind, "2.0", None),
    ]
    banner = full["dim_feature_events"].filter(feature_id="privacy_banner").row(0, named=True)
    assert banner["event_like"] == r"privacy\_banner\_%"
    assert banner["property"] is None


def test_a_pattern_with_several_properties_has_a_row_for_each(load, part):
    feature = (
        '[[features]]\nid = "f"\nlabel = "F"\nprinciple = "praise"\n'
        'stages = { seen = { event = "e", where = { a = "1", b = "2" } } }'
    )
    table = study_tables(load(part["least"], feature))["dim_feature_events"]
    assert table.select("property", "property_value").rows() == [("a", "1"), ("b", "2")]


def test_intended_use_has_every_week_of_every_arm(full):
    table = full["dim_intended_use"]
    assert table.filter(arm_id="full")["due_sessions"].to_list() == [1] * 12 + [0] * 13
    assert table.filter(arm_id="short")["due_sessions"].to_list() == [1] * 6 + [0] * 19


INTENDED = (
    '[intended_use]\njustification = "P."\ndone = "x"\nsessions = { everyone = [2], b = [3] }'
)
ARMS = "\n".join(
    f'[[arms]]\nid = "{name}"\nlabel = "{name}"\nmasked_label = "Group {name}"' for name in "ab"
)


def test_everyone_stands_for_the_arms_that_are_not_listed(load, part):
    table = study_tables(load(part["least"], ARMS, INTENDED))["dim_intended_use"]
    assert table.filter(study_week=0).rows() == [("a", 0, 2), ("b", 0, 3)]


def test_everyone_of_a_study_without_arms_has_no_arm(load, part):
    text = INTENDED.replace(", b = [3]", "")
    table = study_tables(load(part["least"], text))["dim_intended_use"]
    assert table.filter(study_week=0).rows() == [(None, 0, 2)]


def test_steps_of_the_ledger(load, part):
    scale = part["scale"].replace(
        "low = 1", 'low = 1\nschedule = { weeks = [1], opened = "form_*" }'
    )
    text = INTENDED.replace(", b = [3]", "")
    table = study_tables(load(part["least"], scale, text))["dim_ledger_events"]
    assert set(table.rows()) == {
        ("done", "session", None, "x"),
        ("opened", "survey", "trust", r"form\_%"),
    }


def test_surveys(full):
    rows = full["dim_surveys"].filter(instrument_id="dwai").rows()
    label = "Digital Working Alliance Inventory (DWAI), week"
    assert rows == [
        ("dwai-week-3", f"{label} 3", "dwai", 3, 21, 0, 10),
        ("dwai-week-6", f"{label} 6", "dwai", 6, 42, 0, 10),
        ("dwai-week-12", f"{label} 12", "dwai", 12, 84, 0, 10),
    ]
    assert full["dim_surveys"]["survey_id"].is_unique().all()


def test_items_and_scales(full):
    items = full["dim_items"].filter(instrument_id="my_scale")
    assert items.height == 15
    assert items.filter(pl.col("is_reversed"))["item_id"].to_list() == ["3", "9"]
    scales = full["dim_scales"].filter(instrument_id="my_scale")
    assert scales["min_items"].to_list() == [3, 3, 3, 3, 3, 12]
    assert scales["n_items"].to_list() == [3, 3, 3, 3, 3, 15]
    assert full["dim_scale_items"].filter(instrument_id="my_scale").height == 30


def test_scales_of_scales(load, part):
    tables = study_tables(
        load(part["least"], '[[instruments]]\nuse = "umars"\n[[instruments]]\nuse = "sus"')
    )
    quality = tables["dim_scales"].filter(scale_id="quality").row(0, named=True)
    assert (quality["aggregate"], quality["n_items"], quality["min_items"]) == (
        "mean_of_scales",
        16,
        16,
    )
    assert (quality["reliability"], quality["reliability_kind"]) == (0.66, "retest")
    assert tables["dim_scale_members"]["member_scale_id"].to_list() == [
        "engagement",
        "functionality",
        "aesthetics",
        "information",
    ]
    assert tables["dim_scale_items"].filter(scale_id="quality").is_empty()
    usability = tables["dim_scales"].filter(instrument_id="sus").row(0, named=True)
    assert (usability["multiplier"], usability["shift"]) == (2.5, -10)
    assert (usability["low"], usability["high"]) == (0, 100)


def test_dimensions_and_their_scales(full):
    table = full["dim_dimension_scales"].filter(dimension_id="alliance")
    assert table.select("instrument_id", "scale_id", "position").rows() == [
        ("my_scale", "total", 0),
        ("dwai", "total", 1),
    ]
    totals = full["dim_dimensions"].filter(pl.col("is_total"))
    assert totals["dimension_id"].to_list() == ["alliance"]


def test_recruitment_of_the_whole_and_of_each_site(full):
    begun, by = date(2025, 1, 6), date(2025, 12, 31)
    assert full["dim_recruitment"].rows() == [
        (None, 120, begun, by, None),
        ("north", 80, begun, by, None),
        ("south", 40, begun, by, None),
    ]


def test_days_that_are_excused_everywhere(full):
    assert full["dim_excused"].rows() == [
        (None, date(2025, 3, 1), date(2025, 3, 3), "The app was down")
    ]


def matches(pattern, text):
    """What SQL LIKE with a backslash as its escape does, character by character."""
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(matches(pattern[1:], text[at:]) for at in range(len(text) + 1))
    if pattern[0] == "\\":
        return text[:1] == pattern[1] and matches(pattern[2:], text[1:])
    return bool(text) and pattern[0] in ("_", text[0]) and matches(pattern[1:], text[1:])


NAMES = st.text("ab_%\\", max_size=8)


@given(NAMES, NAMES)
def test_a_name_without_a_star_matches_itself_only(name, other):
    assert matches(like_pattern(name), name)
    assert matches(like_pattern(name), other) is (name == other)


@given(NAMES, NAMES, NAMES)
def test_a_star_matches_anything(start, middle, end):
    assert matches(like_pattern(f"{start}*{end}"), start + middle + end)
    assert not matches(like_pattern(f"{start}x*{end}"), start + middle + end)
