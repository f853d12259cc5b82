"""What is said of a file that cannot be read: which it is, why it may be so, what to do."""

import gzip

import pytest

from tests.etl.load_study import events, long, roster, run, study, write

DAY = "p1,open,2025-03-05"


def said(one):
    (failure,) = run(one).failed
    return failure.message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xef\xbb\xbf\n<!DOCTYPE html><p>Sign in, SECRET</p>", "is a web page (HTML)"),
        (b"PK\x03\x04SECRET", "is a damaged ZIP archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1SECRET", "is an Excel workbook"),
        (
            gzip.compress(gzip.compress(b"pid,event,time\n", mtime=0), mtime=0),
            "is compressed twice",
        ),
    ],
)
def test_what_is_no_export_is_called_what_it_is(tmp_path, content, words):
    path = tmp_path / "week 1" / "events.csv"
    path.parent.mkdir()
    path.write_bytes(content)
    message = said(study(tmp_path, events("*/events.csv")))
    assert message.startswith("week 1/events.csv is ")
    assert words in message
    assert "SECRET" not in message


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_another_delimiter_is_recognised(tmp_path, mark):
    write(tmp_path / "events.csv", f"pid{mark}event{mark}time", DAY.replace(",", mark))
    message = said(study(tmp_path, events()))
    written = mark.replace("\t", "\\t")
    assert f"Set delimiter = \"{written}\" for source 'app' in study.toml." in message


def test_data_without_a_header_are_not_quoted_when_the_delimiter_is_wrong_too(tmp_path):
    write(tmp_path / "events.csv", "anna;open;yes", "berta;open;no")
    assert "separated by" not in said(study(tmp_path, events()))


@pytest.mark.parametrize(
    ("written", "declared", "advice"),
    [("utf-8", "latin-1", 'Set encoding = "utf-8"'), ("cp1252", "utf-8", '"latin-1", "cp1252"')],
)
def test_another_encoding_is_recognised(tmp_path, written, declared, advice):
    lines = ("Prüfnummer,event,time", DAY)
    write(tmp_path / "events.csv", *lines, encoding=written)
    source = events(encoding=declared).model_copy(update={"participant": "Prüfnummer"})
    assert advice in said(study(tmp_path, source))


def test_a_missing_field_of_json_is_not_blamed_on_delimiter_or_encoding(tmp_path):
    write(tmp_path / "events.jsonl", '{"pid": "p1", "event": "open", "at": "2025-03-05"}')
    message = said(study(tmp_path, events("events.jsonl")))
    assert "no field 'time', named by 'time'" in message
    assert "The file has: pid, event, at." in message
    assert "delimiter" not in message


def test_unknown_items_and_participants_are_placed_in_their_own_columns(tmp_path):
    write(tmp_path / "roster.csv", "pid,enrolled", "p1,2025-03-01")
    head = "pid,time,instrument,item,value"
    rows = [f"p1,2025-03-05,{one},3" for one in ("mood,9", "moods,1", "mood,1")]
    write(tmp_path / "long.csv", head, *rows, "p2,2025-03-05,mood,1,3")
    outcome = run(study(tmp_path, roster(), long()))
    places = {one.rule: one.column_name for one in outcome.receipts[1].by_rule}
    assert places == {
        "unknown_item": "item",
        "unknown_instrument": "instrument",
        "unknown_participant": "pid",
    }
