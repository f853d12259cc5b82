"""The receipt as it is printed: short, narrow, and without values."""

import io

from rich.console import Console

from etl.receipt import RuleCount
from etl.receipt_text import receipt_table, refusal_list, refusals, unusable_notes
from tests.etl.load_study import MOOD, events, only, run, study, wide, write

HEAD = "pid,event,time"


def shown(outcome, width=100):
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(receipt_table(outcome))
    refused = refusal_list(outcome)
    if refused is not None:
        console.print(refused)
    return console.export_text()


def test_the_counts_the_rules_and_the_places_are_printed(tmp_path):
    rows = [f"p{n},open,{'soon' if n > 5 else '2025-03-05'}" for n in range(10)]
    write(tmp_path / "events[1].csv", HEAD, *rows)
    printed = shown(run(study(tmp_path, events("events*.csv"))))
    assert "app: events[1].csv" in printed
    assert " ".join(printed.split()).endswith("bad_time 4 rows 'time': row 7, 8, 9, ...")
    assert "soon" not in printed


def test_refused_answers_of_many_columns_are_one_line(tmp_path):
    items = tuple(str(n) for n in range(1, 21))
    scale = MOOD.scales[0].model_copy(update={"items": items})
    mood = MOOD.model_copy(update={"items": items, "scales": (scale,)})
    header = ["pid", "time", *(f"mood_{item}" for item in items)]
    bad = [f"p1,2025-03-0{day},{','.join(['9'] * 19)},1" for day in (1, 2)]
    write(tmp_path / "wide.csv", ",".join(header), *bad, "p1,2025-03-03" + ",1" * 20)
    one = study(tmp_path, wide()).model_copy(update={"instruments": (mood,)})
    outcome = run(one)
    assert len(only(outcome).by_rule) == 19
    (refusal,) = refusals(only(outcome).by_rule)
    assert (refusal.n_refused, refusal.first_rows, len(refusal.columns)) == (38, (1, 2), 19)
    printed = shown(outcome, width=80)
    assert "38 answers" in printed
    assert "and 16 more" in printed
    assert "row 1, 2" in printed
    assert len(printed.splitlines()) <= 12
    assert max(map(len, printed.splitlines())) <= 80


def test_refusals_stay_apart_where_the_rule_the_kind_or_the_expectation_differs():
    counts = [
        RuleCount("out_of_range", "mood_1", True, "1 to 5", 3, (1, 4, 9)),
        RuleCount("out_of_range", "mood_2", True, "1 to 5", 2, (2, 4)),
        RuleCount("out_of_range", "calm_1", True, "0 to 4", 1, (7,)),
        RuleCount("bad_time", "time", False, "a time", 1, (8,)),
    ]
    first, *others = refusals(counts)
    assert (first.amount, first.places()) == ("5 answers", "'mood_1', 'mood_2'")
    assert first.rows(3) == "row 1, 2, 4, ..."
    assert [(one.amount, one.rows(3)) for one in others] == [
        ("1 answer", "row 7"),
        ("1 row", "row 8"),
    ]


def test_many_unchanged_files_share_a_line_with_their_sums(tmp_path):
    for day in range(1, 8):
        write(tmp_path / f"events-{day}.csv", HEAD, f"p1,open,2025-03-0{day}", "p1,open,soon")
    one = study(tmp_path, events("events-*.csv"))
    run(one)
    write(tmp_path / "events-7.csv", HEAD, "p1,open,2025-03-07", "p1,open,soon", "p1,shut,soon")
    words = " ".join(shown(run(one)).split())
    assert "app: 6 files 12 6 0 6 0 unchanged" in words
    assert "app: events-7.csv 3 1 0 2 0 loaded" in words
    # What unchanged files refused was said when they were loaded.
    assert words.count("bad_time") == 1


def test_a_failed_file_says_that_its_rows_are_kept(tmp_path):
    write(tmp_path / "events.csv", HEAD, "p1,open,2025-03-05")
    one = study(tmp_path, events())
    run(one)
    write(tmp_path / "events.csv", "pid,time", "p1,2025-03-05")
    assert "failed, rows kept" in shown(run(one))


# -- files of which nothing can be used -----------------------------------------------------------


def test_a_file_of_which_every_row_is_refused_is_not_called_loaded(tmp_path):
    write(tmp_path / "events-1.csv", HEAD, "p1,open,2025-03-05")
    write(tmp_path / "events-2.csv", HEAD, "p1,open,soon", "p2,open,soon", ",open,2025-03-05")
    one = study(tmp_path, events("events*.csv"))
    outcome = run(one)
    assert outcome.exit_code == 1
    ((source_id, said),) = unusable_notes(outcome)
    assert source_id == "app"
    assert said.startswith(
        "Nothing of events-2.csv can be used: all 3 rows were refused. "
        "bad_time (2 rows in 'time'): expected ISO 8601"
    )
    assert "time_format" in said
    assert "missing_participant (1 row in 'pid'): expected a participant id." in said
    assert "soon" not in said
    line = next(line for line in shown(outcome).splitlines() if "events-2.csv" in line)
    assert line.split()[-2:] == ["all", "refused"]
    # It is said once; the file is there, and the other one counts.
    again = run(one)
    assert (again.exit_code, unusable_notes(again)) == (0, [])


def test_a_source_of_which_no_row_counts_is_named_at_every_load(tmp_path):
    for name in "1234":
        write(tmp_path / f"events-{name}.csv", HEAD, "p1,open,soon")
    one = study(tmp_path, events("events*.csv"))
    for _ in range(2):
        outcome = run(one)
        assert outcome.exit_code == 1
        ((_, said),) = unusable_notes(outcome)
        assert "events-1.csv, events-2.csv, events-3.csv and 1 more can be used" in said
        assert "all 4 rows were refused" in said


def test_a_file_with_a_row_that_counts_or_repeats_is_no_cause(tmp_path):
    write(tmp_path / "events-1.csv", HEAD, "p1,open,soon", "p1,open,2025-03-05")
    write(tmp_path / "events-2.csv", HEAD, "p1,open,2025-03-05")
    write(tmp_path / "events-3.csv", HEAD)
    outcome = run(
        study(tmp_path, events("events*.csv", columns={"duplicate_of": ("name", "time")}))
    )
    assert (outcome.exit_code, unusable_notes(outcome)) == (0, [])
