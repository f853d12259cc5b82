"""Fields that look personal, by name and by value; never the value."""

import pytest

from etl.check import check
from etl.doctor.personal import personal_columns
from study.definition import Privacy
from tests.etl.doctor.checked import by_code, found
from tests.etl.load_study import events, study, write


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
    (said,) = found(study(tmp_path, events()))["personal_column"]
    assert said.severity == "warning"
    assert said.places[0].columns == ("e-mail",)


def test_the_name_of_a_screen_is_nobodys(tmp_path):
    one = study(tmp_path, events())
    names = ("props.screen.name", "screen.name", "user.name", "props.name", "name")
    assert personal_columns(names, one) == ("user.name", "props.name", "name")


def kept(tmp_path, values, **parts):
    """Findings on a property that holds the values."""
    write(
        tmp_path / "events.csv",
        "pid,event,time,note",
        *(f'p1,open,2025-03-05T10:00:{k:02d}Z,"{value}"' for k, value in enumerate(values)),
    )
    report = check(study(tmp_path, events(columns={"properties": ("note",)}), **parts))
    return report, by_code(report)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("kim.doe@example.org", "e-mail addresses"),
        ("write to kim@example.co.uk please", "e-mail addresses"),
        ("+44 20 7946 0958", "telephone numbers"),
        ("0114 496 0000", "telephone numbers"),
        ("192.0.2.17", "IP addresses"),
    ],
)
def test_values_that_look_personal_are_counted_and_never_shown(tmp_path, value, words):
    report, codes = kept(tmp_path, [value, "home", value])
    (one,) = codes["personal_value"]
    assert (one.severity, one.count, one.subject) == ("warning", 2, "note")
    assert words in one.message
    assert value not in report.model_dump_json()


def test_dates_of_birth_take_more_than_one(tmp_path):
    days = [f"19{60 + k}-04-1{k % 10}" for k in range(8)]
    assert "dates of birth" in kept(tmp_path, days)[1]["personal_value"][0].message
    assert "personal_value" not in kept(tmp_path, [*days[:2], *["2025-03-05"] * 9])[1]


def test_free_text_is_a_note(tmp_path):
    text = "Yesterday I talked to my sister about how the week had gone and it helped me a lot"
    (one,) = kept(tmp_path, [text] * 25)[1]["free_text"]
    assert (one.severity, one.count) == ("info", 25)


@pytest.mark.parametrize(
    "value",
    ["home", "2.3.1", "1709671200", "screen@2x", "12345678901", "2025-03-05T10:00:00Z", "a/b/c"],
)
def test_ordinary_values_are_nothing(tmp_path, value):
    codes = kept(tmp_path, [value] * 30)[1]
    assert not {"personal_value", "free_text"} & codes.keys()


def test_what_is_dropped_is_not_spoken_of(tmp_path):
    write(
        tmp_path / "events.jsonl",
        '{"pid": "p1", "event": "open", "time": "2025-03-05", "props": {"mail": "kim@example.org"}}',
    )
    source = events("events.jsonl", columns={"properties": "props"})
    assert "personal_value" in found(study(tmp_path, source))
    assert "personal_value" not in found(study(tmp_path, source, privacy=Privacy(drop=("mail",))))
