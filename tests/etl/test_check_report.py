"""`rapport check`: what a load would do, said before it is done."""

import io

import pytest
from rich.console import Console

from etl.check import check
from etl.privacy import personal_columns
from study.definition import EventPattern, Feature, IntendedUse, Privacy
from study.scoring_key import Schedule
from tests.etl.load_study import MOOD, events, roster, study, write

CLEAN = ("pid,event,time,kind", "p1,tip_shown,2025-03-05,praise", "p1,open,2025-03-06,")


def said(report, severity):
    return [f"{one.where}: {one.message}" for one in report.findings if one.severity == severity]


def feature(event, **where):
    return Feature(
        id="praise",
        label="P",
        principle="praise",
        stages={"seen": EventPattern(event=event, where=where)},
    )


def test_a_clean_study_is_described(tmp_path):
    write(tmp_path / "events.csv", *CLEAN)
    one = study(tmp_path, events(), features=(feature("tip_*"),))
    report = check(one)
    assert report.exit_code == 0
    assert said(report, "info") == [
        "app: 1 file(s): events.csv.",
        "app: events.csv: CSV, 4 fields.",
        "app: 2 rows read, 2 would be loaded, 0 duplicate; 1 participants; from 2025-03-05 to "
        "2025-03-06.",
        "features: 1 event name(s) belong to no feature: open (1).",
    ]


def test_nothing_is_kept(tmp_path):
    write(tmp_path / "events.csv", *CLEAN)
    check(study(tmp_path, events()))
    assert [path.name for path in tmp_path.iterdir()] == ["events.csv"]


def test_refused_rows_are_warnings_with_places_and_without_values(tmp_path):
    write(tmp_path / "events.csv", "pid,event,time", *["p1,open,SECRET"] * 7, "p1,open,2025-03-05")
    report = check(study(tmp_path, events()))
    assert report.exit_code == 1
    (warning,) = said(report, "warning")
    assert "7 rows would be refused (bad_time): row 1, 2, 3, 4, 5, ..., column 'time'." in warning
    console = Console(width=120, file=io.StringIO(), record=True)
    console.print(report.table())
    assert "SECRET" not in console.export_text()


def test_a_source_without_files_is_an_error_with_pattern_and_folder(tmp_path):
    report = check(study(tmp_path, events("none-*.csv")))
    assert report.exit_code == 2
    assert "none-*.csv" in said(report, "error")[0]
    assert str(tmp_path) in said(report, "error")[0]


def test_a_source_of_which_no_row_can_be_used_is_an_error(tmp_path):
    write(tmp_path / "events.csv", "pid,event,time", "p1,open,1741210800")
    report = check(study(tmp_path, events()))
    assert report.exit_code == 2
    assert said(report, "error") == ["app: 1 rows read, 0 would be loaded, 0 duplicate."]


def test_what_is_said_of_many_files_is_said_once(tmp_path):
    for day in (1, 2, 3):
        write(tmp_path / f"events-{day}.csv", *CLEAN)
    write(tmp_path / "events-4.csv", f"{CLEAN[0]},e-mail", f"{CLEAN[1]},x")
    report = check(study(tmp_path, events("events-*.csv")))
    assert "app: events-1.csv and 2 more: CSV, 4 fields." in said(report, "info")
    assert "app: events-4.csv: CSV, 5 fields." in said(report, "info")
    assert said(report, "warning") == ["app: events-4.csv: These fields look personal: e-mail."]


def test_sessions_and_surveys_that_no_event_shows(tmp_path):
    write(tmp_path / "events.csv", *CLEAN)
    use = IntendedUse(
        justification="j", done="opne", opened="op*", delivered="tip_*", sessions={"everyone": (1,)}
    )
    asked = MOOD.model_copy(update={"schedule": Schedule(weeks=(1,), opened="asked")})
    one = study(tmp_path, events(), intended_use=use).model_copy(update={"instruments": (asked,)})
    assert said(check(one), "warning") == [
        "intended_use.done: No event is called 'opne'. Every session due would count as missed.",
        "instruments.mood.schedule.opened: No event is called 'asked'.",
    ]


@pytest.mark.parametrize(
    ("key", "value", "warned"),
    [("meta.channel", "push", False), ("meta.channel", "mail", True), ("flat.key", "x", False)],
)
def test_dots_reach_into_nested_properties_or_stand_in_a_name(tmp_path, key, value, warned):
    write(
        tmp_path / "events.jsonl",
        '{"pid": "p1", "event": "tip", "time": "2025-03-05", "props": {"meta": {"channel": "push"},'
        ' "flat.key": "x"}}',
    )
    source = events("events.jsonl", columns={"properties": "props"})
    report = check(study(tmp_path, source, features=(feature("tip", **{key: value}),)))
    assert bool(said(report, "warning")) == warned


@pytest.mark.parametrize(
    ("event", "where", "warned"),
    [
        ("tip_shown", {}, False),
        ("tip_shown", {"kind": "praise"}, False),
        ("tip_shown", {"kind": "reminder"}, True),
        ("tips", {}, True),
    ],
)
def test_features_that_never_happen(tmp_path, event, where, warned):
    write(tmp_path / "events.csv", *CLEAN)
    source = events(columns={"properties": ("kind",)})
    report = check(study(tmp_path, source, features=(feature(event, **where),)))
    assert bool(said(report, "warning")) == warned


def test_participants_on_one_side_only(tmp_path):
    write(tmp_path / "events.csv", "pid,event,time", "p1,open,2025-03-05", "p2,open,2025-03-05")
    write(tmp_path / "roster.csv", "pid,enrolled", "p1,2025-03-01", "p3,2025-03-01")
    report = check(study(tmp_path, events(), roster()))
    assert any("1 participant(s) have events or answers" in one for one in said(report, "warning"))
    assert any("1 of 2 participants of the roster" in one for one in said(report, "info"))


def test_columns_that_look_personal(tmp_path):
    columns = ("pid", "event", "time", "RecipientEmail", "IPAddress", "device.id", "who.phone")
    others = ("screen_name", "tip", "template", "recipe", "platform", "longest")
    one = study(tmp_path, events(), privacy=Privacy(drop=("phone",)))
    assert personal_columns(columns + others, one) == (
        "RecipientEmail",
        "IPAddress",
        "device.id",
    )
    write(tmp_path / "events.csv", "pid,event,time,e-mail", "p1,open,2025-03-05,x")
    assert "look personal: e-mail" in said(check(one), "warning")[0]


def test_the_name_of_a_screen_is_nobodys(tmp_path):
    one = study(tmp_path, events())
    names = ("props.screen.name", "screen.name", "user.name", "props.name", "name")
    assert personal_columns(names, one) == ("user.name", "props.name", "name")
