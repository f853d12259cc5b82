"""Archives: what is inside comes out whole, and what is made to do harm is refused in words."""

import gzip
import io
import struct
import zipfile
import zlib
from pathlib import Path

import pyarrow as pa
import pytest

from etl.sources import archive
from etl.sources.archive import Archive, Member, is_zip, members, open_first
from etl.sources.compressed import compressed
from etl.sources.unpacked import Unpacked
from study.errors import UserError


def packed(path: Path, files: dict[str, bytes], *, kind=zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", kind) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return path


def contents(path: Path) -> dict[str, bytes]:
    found = {}
    for one in members(path):
        with one.open() as file:
            found[one.name] = file.read()
    return found


def test_members_come_in_order_of_name_through_gzip_without_the_systems_notes(tmp_path):
    path = packed(
        tmp_path / "export.json.gz",  # an Amplitude export is a ZIP archive under this name
        {
            "1/1_2025-03-04_9#0.json.gz": gzip.compress(b"b"),
            "1/1_2025-03-03_9#0.json.gz": gzip.compress(b"a"),
            "1/plain.json": b"c",
            "1/": b"",
            "__MACOSX/1/._plain.json": b"x",
            "1/._plain.json": b"x",
            "1/.DS_Store": b"x",
            "Thumbs.db": b"x",
            "desktop.ini": b"x",
        },
    )
    assert is_zip(path)
    assert contents(path) == {
        "1/1_2025-03-03_9#0.json.gz": b"a",
        "1/1_2025-03-04_9#0.json.gz": b"b",
        "1/plain.json": b"c",
    }


def test_a_member_of_several_gzip_members_is_read_to_its_end(tmp_path):
    content = b"".join(gzip.compress(b"%d\n" % n) for n in range(100))
    path = packed(tmp_path / "a.zip", {"a.gz": content})
    assert contents(path)["a.gz"] == b"".join(b"%d\n" % n for n in range(100))


def test_a_plain_file_is_its_own_only_member(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"a,b\n")
    (one,) = members(tmp_path / "a.csv")
    assert not one.is_zipped
    with one.open() as file:
        assert file.read() == b"a,b\n"


def test_an_archive_in_an_archive_is_refused(tmp_path):
    inner = packed(tmp_path / "inner.zip", {"a": b"a"}).read_bytes()
    (one,) = members(packed(tmp_path / "outer.zip", {"inner.zip": inner}))
    with pytest.raises(UserError, match="inside the archive"):
        members(one)


def test_an_empty_archive_holds_nothing(tmp_path):
    path = packed(tmp_path / "a.zip", {})
    assert is_zip(path)
    assert members(path) == ()
    with open_first(path) as file:
        assert file.read() == b""


def test_the_first_member_is_the_first_with_something_in_it(tmp_path):
    path = packed(tmp_path / "a.zip", {"1": b"", "2": gzip.compress(b""), "3": b"three"})
    with open_first(path) as file:
        assert file.read() == b"three"


# -- damage ---------------------------------------------------------------------------------------


def test_an_archive_cut_short_is_damaged(tmp_path):
    path = packed(tmp_path / "a.zip", {"a": b"a" * 1000})
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(UserError, match=r"a.zip is a damaged ZIP archive.*Download it again"):
        members(path)


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"PK\x03\x04" + b"\0" * 200, b"PK\x05\x06"])
def test_what_only_begins_like_an_archive_is_damaged(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(UserError, match="damaged"):
        members(tmp_path / "a.zip")


def test_a_damaged_member_is_named_by_its_place_alone(tmp_path):
    path = packed(tmp_path / "a.zip", {"S01.csv": b"a" * 50, "S02.csv": b"secret" * 500})
    content = bytearray(path.read_bytes())
    content[content.index(b"S02.csv") + 12] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(UserError, match="file 2 of 2 inside it") as error:
        contents(path)
    assert "S02" not in str(error.value)


def test_a_gzip_member_cut_short_is_damaged(tmp_path):
    path = packed(tmp_path / "a.zip", {"a.json.gz": gzip.compress(bytes(range(256)) * 40)[:-20]})
    with pytest.raises(UserError, match=r"file 1 of 1 inside it.*damaged"):
        contents(path)


def test_an_unknown_way_of_packing_is_said_in_words(tmp_path):
    path = packed(tmp_path / "a.zip", {"a": b"a" * 1000})
    content = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x01\x02", 10), (b"PK\x03\x04", 8)):
        at = content.index(mark) + place
        content[at : at + 2] = struct.pack("<H", 97)
    path.write_bytes(content)
    with pytest.raises(UserError, match="packed in a way that cannot be read"):
        contents(path)


def test_an_encrypted_archive_is_refused(tmp_path):
    path = packed(tmp_path / "a.zip", {"a": b"a"})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"encrypted.*password"):
        members(path)


# -- harm -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "../outside.csv",
        "a/../../outside.csv",
        "/etc/outside.csv",
        "C:\\outside.csv",
        "c:outside.csv",
        "..\\outside.csv",
        "\\\\server\\share\\outside.csv",
    ],
)
def test_an_archive_that_names_a_place_outside_itself_is_refused(tmp_path, name):
    path = packed(tmp_path / "a.zip", {name: b"a"})
    with pytest.raises(UserError, match="names a place outside itself"):
        members(path)
    assert [one.name for one in tmp_path.iterdir()] == ["a.zip"]


def test_names_with_dots_in_them_are_no_harm(tmp_path):
    path = packed(tmp_path / "a.zip", {"a..b/c...csv": b"a", "..d.csv": b"d"})
    assert set(contents(path)) == {"a..b/c...csv", "..d.csv"}


@pytest.fixture
def small_limit(monkeypatch):
    """A limit that a test can go beyond without making gigabytes."""
    monkeypatch.setattr(archive, "SMALL_BYTES", 100_000)


def test_a_bomb_is_refused_before_it_is_opened(tmp_path, small_limit):
    path = packed(tmp_path / "a.zip", {"a": b"\0" * 1_000_000})
    with pytest.raises(UserError, match=r"would unpack to .* times its size"):
        members(path)


def test_a_bomb_of_files_that_lie_over_each_other_is_refused(tmp_path, small_limit):
    """Each entry of the table of contents points at the same data, so sizes packed add up too."""
    path = tmp_path / "a.zip"
    data = zlib.compress(b"\0" * 90_000, 9)[2:-4]
    local = struct.pack(
        "<4s5H3L2H",
        b"PK\x03\x04",
        20,
        0,
        8,
        0,
        0,
        zlib.crc32(b"\0" * 90_000),
        len(data),
        90_000,
        1,
        0,
    )
    entries = b"".join(
        struct.pack(
            "<4s6H3L5H2L",
            b"PK\x01\x02",
            20,
            20,
            0,
            8,
            0,
            0,
            zlib.crc32(b"\0" * 90_000),
            len(data),
            90_000,
            1,
            0,
            0,
            0,
            0,
            0,
            0,
        )
        + b"a"
        for _ in range(900)
    )
    start = local + b"a" + data
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 900, 900, len(entries), len(start), 0)
    path.write_bytes(start + entries + end)
    with pytest.raises(UserError, match="times its size"):
        members(path)


def test_a_bomb_inside_gzip_is_stopped_while_it_is_read(tmp_path, small_limit):
    """The archive's own sizes are honest: it holds a small gzip file, which grows."""
    inner = gzip.compress(b"\0" * 5_000_000)
    path = packed(tmp_path / "a.zip", {"a.json.gz": inner}, kind=zipfile.ZIP_STORED)
    (one,) = members(path)
    with one.open() as file, pytest.raises(UserError, match="unpacks to more than 400 times"):
        file.read()


def test_a_header_that_lies_about_the_size_does_not_let_more_through(tmp_path, small_limit):
    path = packed(tmp_path / "a.zip", {"a": b"\0" * 1_000_000})
    content = path.read_bytes().replace(struct.pack("<L", 1_000_000), struct.pack("<L", 1_000))
    path.write_bytes(content)
    with pytest.raises(UserError, match="damaged"):
        contents(path)


def test_many_small_bombs_count_together(tmp_path, small_limit, monkeypatch):
    inner = gzip.compress(b"\0" * 90_000)
    files = {f"{n:03}.gz": inner for n in range(60)}
    path = packed(tmp_path / "a.zip", files, kind=zipfile.ZIP_STORED)
    monkeypatch.setattr(archive, "MOST_RATIO", 100)
    one = Archive(path)
    assert sum(len(content) for content in contents(path).values()) == 60 * 90_000
    with (
        one.kept_open() as held,
        pytest.raises(UserError, match="unpacks to more than 100 times"),
    ):
        read_all(held)


def read_all(held: tuple[Member, ...]) -> None:
    for member in held:
        with member.open() as file:
            file.read()


def test_what_is_read_twice_is_counted_once(tmp_path, small_limit):
    path = packed(tmp_path / "a.zip", {"a": b"\0" * 90_000})
    with Archive(path).kept_open() as held:
        for _ in range(5):
            read_all(held)


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_MEMBERS", 3)
    path = packed(tmp_path / "a.zip", {str(n): b"" for n in range(4)})
    with pytest.raises(UserError, match=r"holds 4 files. Expected 3 or fewer"):
        members(path)


def test_what_shrinks_a_lot_and_is_small_is_no_bomb(tmp_path):
    path = packed(tmp_path / "a.zip", {"a": b"\0" * 10_000_000})
    assert len(contents(path)["a"]) == 10_000_000


def test_ten_thousand_members_open_the_archive_once(tmp_path, monkeypatch):
    path = packed(
        tmp_path / "a.zip", {f"{n:05}": b"%d" % n for n in range(10_000)}, kind=zipfile.ZIP_STORED
    )
    one = Archive(path)
    opened = []
    made = zipfile.ZipFile

    def counted(*args, **kwargs):
        opened.append(args)
        return made(*args, **kwargs)

    monkeypatch.setattr(zipfile, "ZipFile", counted)
    total = 0
    with one.kept_open() as held:
        for member in held:
            with member.open() as file:
                total += int(file.read())
    assert total == sum(range(10_000))
    assert len(opened) == 1


# -- streams --------------------------------------------------------------------------------------


def test_a_member_left_half_read_is_closed(tmp_path):
    (one,) = members(packed(tmp_path / "a.zip", {"a.gz": gzip.compress(b"a" * 100_000)}))
    file = one.open()
    assert file.read(3) == b"aaa"
    file.close()
    assert file.closed


def test_unpacked_says_the_words_it_was_given():
    stream = Unpacked(gzip.GzipFile(fileobj=io.BytesIO(b"no gzip")), damaged="x is damaged")
    with stream, pytest.raises(UserError, match="x is damaged"):
        stream.readall()


@pytest.mark.parametrize("codec", ["zstd", "brotli"])
def test_files_compressed_as_a_whole_are_told_and_read(tmp_path, codec):
    path = tmp_path / "x.bin"
    path.write_bytes(compress(codec, b'{"a": 1}\n' * 1000))
    found = compressed(path)
    assert found is not None
    assert found.codec == codec
    with found.open() as file:
        assert file.read() == b'{"a": 1}\n' * 1000


@pytest.mark.parametrize("codec", ["zstd", "brotli"])
def test_files_compressed_as_a_whole_and_cut_short_are_damaged(tmp_path, codec):
    path = tmp_path / "x.bin"
    content = b"".join(b'{"a": %d}\n' % (n * n) for n in range(20_000))
    path.write_bytes(compress(codec, content)[:-30])
    found = compressed(path)
    assert found is not None
    with found.open() as file, pytest.raises(UserError, match=f"x.bin: its {codec} data"):
        file.read()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a,b\n1,2\n",
        b'{"a": 1}',
        b'\xef\xbb\xbf{"a"',
        gzip.compress(b"a", mtime=0),
        b"PAR1",
        b"\x93\x01\x02",
    ],
)
def test_what_is_not_compressed_as_a_whole_is_not_taken_for_it(tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    assert compressed(tmp_path / "x") is None


def compress(codec: str, content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, codec) as stream:
        for start in range(0, len(content), 4096):
            stream.write(content[start : start + 4096])
            stream.flush()
    return bytes(sink.getvalue().to_pybytes())
