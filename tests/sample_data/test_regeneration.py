"""The committed files are what the generator makes."""

import gzip
from pathlib import Path

import pytest

from sample_data.design import FULL, TINY, Size
from sample_data.generate import HERE, generate, main

pytestmark = pytest.mark.xdist_group("regeneration")  # Takes long: groups begin first.
REPO_LIMIT_BYTES = 10_000_000
TINY_LIMIT_BYTES = 200_000


def contents(folder: Path) -> dict[str, bytes]:
    """Every file by its path, gzipped ones unpacked: zlib versions pack differently."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.*")}
    return {
        name: gzip.decompress(path.read_bytes()) if name.endswith(".gz") else path.read_bytes()
        for name, path in sorted(files.items())
        if ".rapport" not in path.parts
    }


@pytest.mark.parametrize("size", [TINY, FULL], ids=lambda size: size.folder)
def test_regeneration_gives_the_committed_files(size: Size, tmp_path: Path) -> None:
    generate(tmp_path, size=size)
    made, committed = contents(tmp_path), contents(HERE / size.folder)
    assert list(made) == list(committed)
    assert [name for name in made if made[name] != committed[name]] == []


def test_gzipped_files_hold_no_time_stamp() -> None:
    for path in (HERE / FULL.folder / "exports").glob("*.gz"):
        assert path.read_bytes()[4:8] == bytes(4)


def test_another_seed_gives_other_people(tmp_path: Path) -> None:
    main(["--size", "tiny", "--seed", "8", "--folder", str(tmp_path)])
    other = (tmp_path / "exports" / "roster.csv").read_bytes()
    assert other != (HERE / TINY.folder / "exports" / "roster.csv").read_bytes()


def test_sizes_stay_small() -> None:
    assert _bytes(HERE / FULL.folder) < REPO_LIMIT_BYTES
    assert _bytes(HERE / TINY.folder) < TINY_LIMIT_BYTES


def _bytes(folder: Path) -> int:
    kept = [path for path in folder.rglob("*.*") if ".rapport" not in path.parts]
    return sum(path.stat().st_size for path in kept if path.is_file())
