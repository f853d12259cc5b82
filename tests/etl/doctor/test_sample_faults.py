"""Every kind of dirt of the sample study is found; without the dirt nothing is."""

import gzip
import json
import shutil
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from etl.check import check
from etl.doctor.report import CheckReport
from etl.load import load_into
from etl.progress import quiet
from study.file import load_study
from tests.etl.doctor.checked import by_code, grave
from warehouse.connect import in_memory

pytestmark = pytest.mark.xdist_group("sample faults")  # One report on the sample trial for all.
SAMPLES = Path(__file__).parents[3] / "sample_data"
TRUTH = json.loads((SAMPLES / "harbour" / "truth.json").read_text(encoding="utf-8"))
SPOILT = """
select path, source_row from rejected_rows join files using (file_number)
union select path, source_row from events join files using (file_number) where events.status <> 'loaded'
union select path, source_row from answers join files using (file_number) where answers.status <> 'loaded'
union select path, source_row from roster join files using (file_number) where roster.status <> 'loaded'
"""


@pytest.fixture(scope="module")
def report() -> CheckReport:
    return check(load_study(SAMPLES / "harbour"))


@pytest.fixture(scope="module")
def held():
    """The trial as it is loaded, participants under their own ids."""
    with closing(in_memory()) as con:
        load_into(con, as_given(load_study(SAMPLES / "harbour")), progress=quiet())
        yield con


@pytest.fixture(scope="module")
def codes(report):
    return by_code(report)


def planted(kind: str) -> dict[tuple[str, str], int]:
    """Refused rows or cells by source and rule, over all files of the truth."""
    counts: Counter[tuple[str, str]] = Counter()
    for file in TRUTH["files"]:
        for rule, count in file[kind].items():
            counts[file["source"], rule] += count
    return dict(counts)


@pytest.mark.parametrize(("source", "rule"), planted("rules"))
def test_every_rule_that_refuses_rows_is_counted(codes, source, rule):
    (one,) = [
        one
        for one in codes[rule]
        if one.source == source and "answer" not in one.message.split()[1]
    ]
    assert one.count == planted("rules")[source, rule]
    assert one.severity == "warning"
    assert sum(len(place.rows) for place in one.places) > 0
    assert all(len(place.rows) <= 5 for place in one.places)


@pytest.mark.parametrize(("source", "rule"), planted("cell_rules"))
def test_every_rule_that_refuses_single_answers_is_counted(codes, source, rule):
    (one,) = [
        one for one in codes[rule] if one.source == source and "answer" in one.message.split()[1]
    ]
    assert one.count == planted("cell_rules")[source, rule]


@pytest.mark.parametrize("source", ["roster", "app", "alliance", "dwai"])
def test_every_duplicate_is_counted(codes, source):
    said = [*codes["repeated_rows"], *codes["overlapping_files"]]
    expected = sum(file["rows_duplicate"] for file in TRUTH["files"] if file["source"] == source)
    assert sum(one.count for one in said if one.source == source) == expected


def test_exports_that_hold_hours_of_the_next_month(codes):
    (one,) = codes["overlapping_files"]
    assert {place.file for place in one.places} == {
        "exports/events-2025-04.jsonl.gz",
        "exports/events-2025-07.jsonl.gz",
    }


def test_events_of_telephones_that_were_offline(codes):
    (one,) = codes["late_events"]
    assert one.count >= sum(file["late_rows"] for file in TRUTH["files"]) > 0


def test_clocks_that_run_ahead_within_the_limit(codes):
    (one,) = codes["clock_ahead"]
    assert one.severity == "info"
    assert "0 of them more than an hour" in one.message


def test_strangers_and_a_tester(codes):
    assert codes["not_in_roster"][0].count == 2
    assert codes["test_account"][0].count == 1


def test_how_files_are_written(report, codes):
    files = {file.file: file for file in report.files}
    wide, dwai = files["exports/alliance_wide.csv"], files["exports/dwai_long.csv"]
    assert (wide.delimiter, wide.encoding) == (";", "utf-8 with byte order mark")
    assert (dwai.delimiter, dwai.encoding) == ("\t", "latin-1")
    assert codes["byte_order_mark"][0].source == "alliance"
    assert files["exports/events-2025-01.jsonl.gz"].container == "gzip"


def test_times_of_three_styles_travellers_and_the_change_of_clocks(codes):
    assert "3 ways" in codes["mixed_time_styles"][0].message
    assert codes["several_time_zones"][0].count == 4
    assert "2025-03-30" in codes["clock_change"][0].message


def test_events_of_no_feature(codes):
    assert "app_opened" in codes["unmapped_events"][0].message


def test_what_the_study_file_says_already_is_no_fault(codes):
    assert [one.severity for one in codes["feature_always_on"]] == ["info"]
    assert [one.severity for one in codes["silent_days"]] == ["info"]
    assert "time_zone_suspect" not in codes


def test_no_finding_holds_a_participant(report, held):
    text = report.model_dump_json()
    ids = held.sql(
        "select distinct participant_id from events union select participant_id from roster"
    ).fetchall()
    assert len(ids) > 250
    assert [one for (one,) in ids if f'"{one}"' in text or f" {one} " in text] == []


# -- without the dirt -----------------------------------------------------------------------------


def as_given(study):
    return study.model_copy(
        update={"privacy": study.privacy.model_copy(update={"participant_ids": "as_given"})}
    )


def cleaned(folder: Path, into: Path, spoilt: set[tuple[str, int]]) -> Path:
    """A copy of a sample study without the rows that a load does not keep."""
    shutil.copy(folder / "study.toml", into / "study.toml")
    (into / "exports").mkdir()
    for path in sorted((folder / "exports").iterdir()):
        name = f"exports/{path.name}"
        is_packed = path.suffix == ".gz"
        data = gzip.decompress(path.read_bytes()) if is_packed else path.read_bytes()
        lines = data.split(b"\n")[:-1]
        header = [] if is_packed else [lines.pop(0)]
        kept = [line for row, line in enumerate(lines, 1) if (name, row) not in spoilt]
        whole = b"\n".join([*header, *kept, b""])
        (into / name).write_bytes(gzip.compress(whole, 1) if is_packed else whole)
    return into


def test_a_clean_trial_has_neither_warning_nor_error(tmp_path, held):
    assert_clean(SAMPLES / "harbour", tmp_path, held)


def test_a_clean_small_study_has_neither(tmp_path):
    with closing(in_memory()) as con:
        load_into(con, as_given(load_study(SAMPLES / "tiny")), progress=quiet())
        assert_clean(SAMPLES / "tiny", tmp_path, con)


def assert_clean(folder, into, con):
    spoilt = set(con.sql(SPOILT).fetchall())
    assert spoilt
    report = check(load_study(cleaned(folder, into, spoilt)))
    assert grave(report) == []
    assert report.exit_code == 0
    assert sum(source.rows_loaded for source in report.sources) > 2000
    assert sum(source.rows_read for source in report.sources) == sum(
        source.rows_loaded for source in report.sources
    )
