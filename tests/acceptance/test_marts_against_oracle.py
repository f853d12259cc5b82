"""Every cell of every mart against an oracle that computes it from the exports in plain Python."""

import math
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from etl.build import build
from etl.load import load
from study.file import load_study
from tests.acceptance.oracle import Oracle
from warehouse.connect import open_mart
from warehouse.workspace import Workspace

TINY = Path(__file__).parents[2] / "sample_data" / "tiny"
KEYS = {
    "fct_adherence": "participant_id definition_id",
    "fct_data_days": "local_date",
    "fct_dimension_scores": "participant_id dimension_id occasion_id",
    "fct_exposure_weeks": "participant_id study_week feature_id",
    "fct_exposures": "participant_id local_date feature_id stage",
    "fct_item_answers": "participant_id instrument_id occasion_id item_id",
    "fct_ledger": "participant_id kind instrument_id survey_id study_week sequence",
    "fct_participant_days": "participant_id local_date",
    "fct_participant_weeks": "participant_id study_week",
    "fct_participants": "participant_id",
    "fct_scores": "participant_id instrument_id scale_id occasion_id",
    "fct_sessions": "participant_id session_number",
    "fct_unmapped_events": "event_name",
    "model_rows": "participant_id occasion_id dimension_id feature_id window_days lag_days",
    "model_weeks": "participant_id study_week feature_id",
}
NOT_COMPARED = {"fct_sessions": {"session_id"}, "fct_ledger": {"obligation_id"}}
"""Ids whose wording is the mart's own."""
SHOWN = 12

MORE = """
[[adherence]]
id = "weekly"
label = "Two sessions in half of the weeks"
rule = "weeks_active"
threshold = 0.5
minimum = 2
justification = "Made up for this test."
[[adherence]]
id = "minutes"
label = "Ten minutes"
rule = "minutes"
threshold = 10
justification = "Made up for this test."
[[adherence]]
id = "persistent"
label = "Used in one of the last two weeks"
rule = "persistent"
threshold = 0.5
minimum = 2
justification = "Made up for this test."
[[models]]
id = "short"
outcome = "humanness"
window_days = 3
[[models]]
id = "earlier"
window_days = 3
lag_days = 4
[[excused]]
from = 2025-03-20
to = 2025-03-22
reason = "Outage in the south"
site = "south"
[[excused]]
from = 2025-04-10
to = 2025-04-10
reason = "Outage"
"""
ODD = {
    "app = [1, 1, 1, 1, 1, 1]": "app = [2, 1, 1, 2, 1, 1]",
    "follow_up_weeks = 7": "follow_up_weeks = 7\nsession_gap_minutes = 2\n"
    "session_idle_cap_minutes = 0.5\nnonusage_after_days = 7",
}
VARIANTS = {
    "as it stands": ({}, ""),
    "events end before surveys": (ODD | {"events-*.csv": "events-2025-03.csv"}, MORE),
    "events begin late": (ODD | {"events-*.csv": "events-2025-04.csv"}, MORE),
    "data lock": (ODD | {'as_of = "last_event"': 'as_of = "2025-04-02"'}, MORE),
    "calendar weeks": (
        ODD
        | {
            "from_day_zero": "calendar",
            "window_days = [0, 6]": "window_days = [2, 4]",
            "min_items_share = 0.5": "min_items_share = 1.0",
        },
        MORE,
    ),
}
"""Changes to the text of the study file, and what is added to it."""


pytestmark = pytest.mark.xdist_group("oracle")


@dataclass(frozen=True)
class Both:
    """What a real load and build made, and the oracle of the same study."""

    marts: dict[str, list[dict]]
    oracle: Oracle


def both(folder: Path, root: Path) -> Both:
    study, workspace = load_study(folder), Workspace(root)
    load(study, workspace)
    con = open_mart(build(study, workspace).path)
    marts = {
        name: con.table(name).pl().to_dicts() for name in (*KEYS, "fct_receipts", "fct_rejections")
    }
    con.close()
    return Both(marts, Oracle(study))


@pytest.fixture(scope="session", params=VARIANTS)
def tiny(request, tmp_path_factory):
    """The tiny study as it stands, and with other words in its study file."""
    folder = tmp_path_factory.mktemp("tiny")
    shutil.copytree(TINY / "exports", folder / "exports")
    text = (TINY / "study.toml").read_text(encoding="utf-8")
    changes, more = VARIANTS[request.param]
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / "study.toml").write_text(text + more, encoding="utf-8")
    return both(folder, folder / "workspace")


def differences(name, expected, found):
    """Lines that say where a mart and the oracle part: rows of one alone, and cells that differ."""
    keys = KEYS[name].split()
    ours, theirs = by_key(expected, keys), by_key(found, keys)
    lines = [f"only the oracle has {key}" for key in ours if key not in theirs]
    lines += [f"only the mart has {key}" for key in theirs if key not in ours]
    for key in ours.keys() & theirs.keys():
        names = theirs[key].keys() - NOT_COMPARED.get(name, set())
        if ours[key].keys() != names:
            lines.append(f"columns differ: {sorted(ours[key].keys() ^ names)}")
            break
        lines += [
            f"{key} {column}: mart {theirs[key][column]!r}, oracle {ours[key][column]!r}"
            for column in sorted(names)
            if not is_same(theirs[key][column], ours[key][column])
        ]
    return sorted(lines)


def by_key(rows, keys):
    found = {tuple(str(row[key]) for key in keys): row for row in rows}
    assert len(found) == len(rows), f"{keys} is no key"
    return found


def is_same(found, expected):
    if isinstance(found, float) and isinstance(expected, float):
        return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9)
    return type(found) is type(expected) and found == expected


def assert_same(name, expected, found):
    lines = differences(name, expected, found)
    assert expected, f"the oracle has no row of {name}"
    more = f"\n... and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
    assert not lines, f"{name}: {len(lines)} differences\n" + "\n".join(lines[:SHOWN]) + more


def test_rows_end_as_the_oracle_says(tiny):
    ended = Counter()
    for one in tiny.marts["fct_receipts"]:
        for status in ("loaded", "duplicate", "rejected"):
            ended[one["source_id"], one["source_file"], status] += one[f"rows_{status}"]
    refused = Counter()
    for one in tiny.marts["fct_rejections"]:
        key = (one["source_id"], one["source_file"], one["rule"], one["is_cell"])
        refused[key] += one["n_rows"]
    assert +ended == tiny.oracle.exports.rows
    assert refused == tiny.oracle.exports.rules
    assert refused


@pytest.mark.parametrize("name", KEYS)
def test_mart_says_what_the_oracle_says(tiny, name):
    assert_same(name, getattr(tiny.oracle, name), tiny.marts[name])
