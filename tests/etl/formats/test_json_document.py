"""One JSON document, record by record: windows, damage and depth."""

import gzip
import io
import json
import tracemalloc

import pytest

from etl.sources import json_document
from etl.sources.json_document import EVERY_LIST, placed_records, records
from study.errors import UserError


def read(text, **given):
    data = text if isinstance(text, bytes) else text.encode()
    return list(records(io.BytesIO(data), **given))


@pytest.fixture(params=[1, 2, 7, 64])
def small_window(request, monkeypatch):
    monkeypatch.setattr(json_document, "WINDOW_BYTES", request.param)


@pytest.mark.usefixtures("small_window")
def test_any_window_gives_the_same_records():
    rows = [{"a": n, "text": 'ü "]},{[ 😀', "in": [{"x": [1, [2]]}]} for n in range(30)]
    for indent in (None, 2):
        for escaped in (True, False):
            text = json.dumps(rows, indent=indent, ensure_ascii=escaped)
            assert read(f"\n{text} \n") == list(enumerate(rows, 1))


@pytest.mark.usefixtures("small_window")
def test_numbers_are_not_cut_where_the_window_ends():
    assert read("[123456, 1.5e10, true, null]") == [
        (1, "123456"),
        (2, "1.5e10"),
        (3, "true"),
        (4, "null"),
    ]


@pytest.mark.usefixtures("small_window")
def test_where_the_list_is():
    text = '{"meta": {"n": [5]}, "data": {"rows": [{"a": 1}]}, "more": [{"a": 2}], "last": 3}'
    assert read(text, at="data.rows") == [(1, {"a": 1})]
    assert read(text, at="more") == [(1, {"a": 2})]
    assert read(text, at="nothing") == []
    assert read(text, at=EVERY_LIST) == [(1, "5"), (2, {"a": 1}), (3, {"a": 2})]
    assert read(text) == [(1, json.loads(text))]
    assert read("[]") == read('{"data": []}', at="data") == read("{}", at="data") == []


def test_lists_come_with_the_names_they_lie_under():
    text = '{"data": {"p1": [{"a": 1}], "p2": [2]}, "last": [{"a": 3}]}'
    assert list(placed_records(io.BytesIO(text.encode()))) == [
        (("data", "p1"), {"a": 1}),
        (("data", "p2"), "2"),
        (("last",), {"a": 3}),
    ]
    assert list(placed_records(io.BytesIO(b'[{"a": 1}]'))) == [((), {"a": 1})]


def test_byte_order_marks_and_gzip(tmp_path):
    rows = [{"a": "ü"}]
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        assert read(json.dumps(rows, ensure_ascii=False).encode(encoding)) == [(1, rows[0])]
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(json.dumps(rows).encode()))
    with gzip.open(path) as file:
        assert list(records(file)) == [(1, rows[0])]


def test_bytes_of_another_encoding_spoil_their_record_only():
    found = read('[{"a": "ü"}, {"a": "good \ufffd"}, {"a": "x\x00"}]'.encode("latin-1", "ignore"))
    assert found[0] == (1, '{"a": "\ufffd"}')
    assert found[1] == (2, {"a": "good "})
    assert found[2] == (3, '{"a": "x\x00"}')
    assert read('[{"a": "\ufffd"}]') == [(1, {"a": "\ufffd"})]
    assert read('[{"a": "ü"}]'.encode("latin-1"), encoding="latin-1") == [(1, {"a": "ü"})]


def test_nan_is_no_value():
    assert read('[{"a": NaN, "b": -Infinity}]') == [(1, {"a": None, "b": None})]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[{"a": 1}, {"SECRET": 2', "cut short"),
        ('[{"a": 1}', "cut short"),
        ('[{"a": 1}, ', "cut short"),
        ("", "cut short"),
        ('[{"SECRET": 1}, {"a": x}]', "damaged"),
        ('[{"SECRET": 1} {"a": 2}]', "damaged"),
        ('[{"SECRET": 1}] {"a": 2}', "damaged"),
        ('[{"SECRET": 1}]]', "damaged"),
    ],
)
@pytest.mark.usefixtures("small_window")
def test_a_broken_document_is_refused_without_its_values(text, said):
    with pytest.raises(UserError, match=said) as caught:
        read(text)
    assert "SECRET" not in str(caught.value)


def test_a_broken_object_is_refused():
    for text in ('{"data": [{"a": 1}]', '{"data" [1]}', '{"data": [1] "x": 1}', '{"data": '):
        with pytest.raises(UserError, match=r"cut short|damaged"):
            read(text, at="data")


def test_depth_is_refused():
    with pytest.raises(UserError, match="nested"):
        read('[{"a": ' + "[" * 100_000 + "]" * 100_000 + "}]")
    with pytest.raises(UserError, match="nested"):
        read('{"a": ' * 100_000 + "[1]" + "}" * 100_000, at=EVERY_LIST)


def test_a_record_that_never_ends_is_refused():
    with pytest.raises(UserError, match="more than 1,000 bytes"):
        read('[{"a": "' + "x" * 100_000, most_bytes=1000)


class Endless(io.RawIOBase):
    """Many records, made while they are read."""

    def __init__(self, count):
        self.left = count
        self.is_begun = False

    def read(self, size=-1):
        if not self.is_begun:
            self.is_begun = True
            return b"["
        if not self.left:
            return b""
        some = min(self.left, max(1, size // 1000))
        self.left -= some
        end = b"," if self.left else b"]"
        return b",".join([b'{"a": "' + b"x" * 990 + b'"}'] * some) + end


def test_memory_does_not_grow_with_the_document():
    tracemalloc.start()
    count = sum(1 for _ in records(Endless(30_000)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 30_000
    assert peak < 10_000_000
