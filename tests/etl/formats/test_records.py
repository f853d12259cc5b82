"""Records as objects: names with dots, what is dropped, lines that are none."""

import json

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.sources import object_lines as module
from etl.sources.nested import JsonFields
from etl.sources.object_lines import object_lines
from etl.sources.reader import REST, ROW, BadRow
from etl.sources.records import RecordReader, look_up

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "x", "ü", "null"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "c", "a.b"]), inner, max_size=3)
    ),
    max_leaves=8,
)
RECORDS = st.dictionaries(st.sampled_from(["a", "b", "c", "a.b"]), VALUES, max_size=4)


def reader(*records, **given):
    numbered = [
        one if isinstance(one, BadRow) else (place, one) for place, one in enumerate(records, 1)
    ]
    return RecordReader("made up", lambda: iter(numbered), **given)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(RECORDS, max_size=4), st.lists(st.sampled_from(["a", "b", "a.b", "c.a"]), max_size=2)
)
def test_what_is_dropped_is_dropped_as_everywhere(records, drop):
    one = reader(*records, drop=drop)
    said = [json.loads(text) for batch in one.batches(()) for text in one.raw_text(batch.raw)]
    texts = pl.Series("t", [json.dumps(record) for record in records], dtype=pl.String)
    kept = JsonFields(drop).without(texts).to_list()
    # Both leave out the same, except that a name with dots as a key is also left out here.
    assert said == [json.loads(text) for text in kept] or "a.b" in drop


@settings(deadline=None, max_examples=40)
@given(st.lists(RECORDS, max_size=5))
def test_every_record_comes_once(records):
    batches = list(reader(*records).batches(("a", "b.c"), rest=True))
    numbers = [number for batch in batches for number in batch.rows[ROW]]
    assert numbers == list(range(1, len(records) + 1))
    for batch in batches:
        assert set(batch.rows.dtypes) <= {pl.Int64, pl.String}
        assert all("a" not in json.loads(text) for text in batch.rows[REST])


def test_names_with_dots():
    assert look_up({"a": {"b": 1}, "a.b": 2}, "a.b") == 1
    assert look_up({"a": {"b": None}, "a.b": 2}, "a.b") == 2
    assert look_up({"a": 5, "a.b": 2}, "a.b") == 2
    assert look_up({"a": {"b": {"c": False}}}, "a.b.c") is False
    assert look_up({"a": {"b": 1}}, "a") == {"b": 1}
    assert look_up({"a": [1]}, "a.b") is None
    assert look_up({}, "a.b") is None


def test_values_as_text():
    record = {"t": "x", "n": 5, "f": 0.5, "yes": True, "none": None, "o": {"k": [1, "ü"]}}
    (batch,) = reader(record).batches(tuple(record))
    assert batch.rows.row(0)[1:] == ("x", "5", "0.5", "true", None, '{"k": [1, "ü"]}')


def test_a_field_that_is_asked_for_is_given_though_dropped():
    one = reader({"id": "p1", "in": {"id": "p2", "x": 1}}, drop=("id",))
    (batch,) = one.batches(("id", "in"), rest=True)
    assert batch.rows.row(0) == (1, "p1", '{"x": 1}', "{}")
    assert one.raw_text(batch.raw).to_list() == ['{"in": {"x": 1}}']


def test_half_of_a_character_is_replaced():
    (batch,) = reader({"a": "x\ud83d", "b": "y"}).batches(("a", "b"))
    assert batch.rows.row(0) == (1, "x?", "y")
    assert batch.raw["record"][0] == '{"a": "x?", "b": "y"}'


def test_bad_rows_keep_their_place_among_batches(monkeypatch):
    monkeypatch.setattr("etl.sources.records.BATCH_RECORDS", 2)
    bad = BadRow(2, "an object", None)
    batches = list(reader({"a": 1}, bad, bad, bad, {"a": 5}).batches(("a",)))
    assert [(batch.rows[ROW].to_list(), len(batch.bad)) for batch in batches] == [
        ([1], 1),
        ([], 2),
        ([5], 0),
    ]


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.sampled_from(['{"a": 1}', "", "  ", "{", "[1]", "\x00", '{"a": "\ufffd"}', "x", '"p"']),
        max_size=8,
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_every_line_is_one_record_or_one_bad_row(tmp_path, lines, end, is_ended):
    path = tmp_path / "a.jsonl"
    path.write_bytes((end.join(lines) + (end if is_ended else "")).encode())
    found = list(object_lines(path, "utf-8"))
    numbers = [one.source_row if isinstance(one, BadRow) else one[0] for one in found]
    assert numbers == [n for n, line in enumerate(lines, 1) if line.strip()]
    good = [one[0] for one in found if not isinstance(one, BadRow)]
    assert good == [n for n, line in enumerate(lines, 1) if line == '{"a": 1}']


def test_a_line_too_long_to_be_a_record_is_one_bad_row(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_RECORD_BYTES", 100)
    monkeypatch.setattr("etl.sources.text.PIECE_BYTES", 16)
    path = tmp_path / "a.jsonl"
    for end in ("\n", ""):
        path.write_text('{"a": 1}\n' + "x" * 500 + '\n{"a": 3}\n' + "y" * 500 + end)
        found = list(object_lines(path, "utf-8"))
        assert [one[0] for one in found if not isinstance(one, BadRow)] == [1, 3]
        assert [(one.source_row, one.raw_text) for one in found if isinstance(one, BadRow)] == [
            (2, None),
            (4, None),
        ]


def test_the_text_of_a_bad_line_is_withheld_if_a_dropped_name_stands_in_it(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"key": "note", "value\n{"other": \n')
    first, second = object_lines(path, "utf-8", ("in.note",))
    assert (first.raw_text, second.raw_text) == (None, '{"other": ')
