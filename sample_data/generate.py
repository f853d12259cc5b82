"""Makes the sample studies: `python -m sample_data.generate --size full`.

The same size and seed give the same files, byte for byte. The study file is written by hand and
is only copied when another folder is asked for.
"""

import argparse
from collections.abc import Hashable, Sequence
from pathlib import Path

import numpy as np

from sample_data import event_dirt, survey_dirt
from sample_data.counts import FileCount, Row, count_rows
from sample_data.describe import describe
from sample_data.design import FULL, SIZES, Size
from sample_data.trial import Life, run_trial
from sample_data.truth import Truth, tell_truth
from sample_data.writing import write_lines, write_table

HERE = Path(__file__).parent
STUDY_FILE = "study.toml"
_DIRT_STREAM = 1_000_000  # of random numbers, away from those of the participants


def generate(folder: Path, *, size: Size = FULL, seed: int | None = None) -> Truth:
    """Write a whole sample study into `folder`, and return what was planted in it.

    `seed` defaults to the size's own. Files of an earlier run are replaced.
    """
    seed = size.seed if seed is None else seed
    exports = folder / "exports"
    exports.mkdir(parents=True, exist_ok=True)
    own = HERE / size.folder / STUDY_FILE
    if own.resolve() != (folder / STUDY_FILE).resolve():
        (folder / STUDY_FILE).write_bytes(own.read_bytes())
    lives = run_trial(size, seed)
    rng = np.random.default_rng([seed, _DIRT_STREAM])
    files = [_write_roster(exports, lives, size)]
    known = frozenset(life.person.id for life in lives if life.person.in_roster)
    files += _write_events(exports, lives, size, rng, known)
    files += _write_surveys(exports, lives, size, rng, known)
    truth = tell_truth(size, seed, files)
    truth.write(folder)
    (folder / "README.md").write_bytes(describe(truth).encode())
    return truth


def _write_roster(exports: Path, lives: list[Life], size: Size) -> FileCount:
    rows = survey_dirt.roster_rows(lives, size)
    write_table(exports / "roster.csv", survey_dirt.ROSTER_HEADER, rows)
    everyone = frozenset(row.participant for row in rows)
    return count_rows("exports/roster.csv", "roster", rows, everyone, set())


def _write_events(
    exports: Path, lives: list[Life], size: Size, rng: np.random.Generator, known: frozenset[str]
) -> list[FileCount]:
    is_csv = size.layout == "csv_long"
    header = [event_dirt.CSV_HEADER] if is_csv else []
    seen: set[Hashable] = set()
    counts = []
    for month, rows in event_dirt.event_files(lives, size, rng).items():
        name = f"events-{month}.{'csv' if is_csv else 'jsonl.gz'}"
        lines = (event_dirt.line(row, size.layout) for row in rows)
        write_lines(exports / name, [*header, *lines])
        counts.append(count_rows(f"exports/{name}", "app", rows, known, seen))
    return counts


def _write_surveys(
    exports: Path, lives: list[Life], size: Size, rng: np.random.Generator, known: frozenset[str]
) -> list[FileCount]:
    if size.layout == "csv_long":
        rows = survey_dirt.long_rows(lives, rng)
        write_table(exports / "alliance_long.csv", survey_dirt.LONG_HEADER, rows)
        return [count_rows("exports/alliance_long.csv", "alliance", rows, known, set())]
    wide = survey_dirt.wide_rows(lives, rng)
    _write_wide(exports / "alliance_wide.csv", wide, size)
    dwai = survey_dirt.dwai_rows(lives, rng)
    _write_dwai(exports / "dwai_long.csv", dwai)
    return [
        count_rows("exports/alliance_wide.csv", "alliance", wide, known, set()),
        count_rows("exports/dwai_long.csv", "dwai", dwai, known, set()),
    ]


def _write_wide(path: Path, rows: list[Row], size: Size) -> None:
    """As Excel saves it on a German or French machine: semicolons, BOM, decimal commas."""
    header = survey_dirt.wide_header(size)
    write_table(path, header, rows, delimiter=";", encoding="utf-8-sig", line_end="\r\n")


def _write_dwai(path: Path, rows: list[Row]) -> None:
    write_table(path, survey_dirt.DWAI_HEADER, rows, delimiter="\t", encoding="latin-1")


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line: which size, and into which folder."""
    parser = argparse.ArgumentParser(prog="python -m sample_data.generate", description=__doc__)
    parser.add_argument("--size", choices=sorted(SIZES), help="default: both")
    parser.add_argument("--folder", type=Path, help="default: the study's folder beside this file")
    parser.add_argument("--seed", type=int, help="default: the size's own")
    given = parser.parse_args(arguments)
    for name in [given.size] if given.size else sorted(SIZES):
        size = SIZES[name]
        generate(given.folder or HERE / size.folder, size=size, seed=given.seed)


if __name__ == "__main__":
    main()
