"""New, again, back, gone: and what is kept of each build on disk."""

from datetime import date

import pytest

from models.monitoring import flag_store
from models.monitoring.flag_history import Flag, Look, looks_of, pasts
from study.errors import UserError

BATH = Flag("survey_missed", "site", "bath", "more", "watch")
MARCH = Flag("session_missed", "cohort", "2025-03", "more", "flag")


def look(day, *flags, build=None):
    return Look(build or f"b{day:02d}", date(2025, 6, day), flags)


def test_words_from_look_to_look():
    looks = [look(1, BATH), look(8, BATH, MARCH), look(15, BATH)]
    found = pasts(looks, look(22, BATH, MARCH))
    assert found[BATH.key].words == "4th time"
    assert found[BATH.key].since == date(2025, 6, 1)
    assert found[MARCH.key].words == "back"
    assert pasts(looks[:1], looks[1])[MARCH.key].words == "new"
    assert pasts(looks[:2], looks[2])[MARCH.key].words == "gone"
    assert pasts(looks[:2], looks[2])[MARCH.key].since == date(2025, 6, 8)
    assert pasts([], looks[0])[BATH.key].words == "first look"


@pytest.mark.parametrize(("n", "words"), [(2, "2nd"), (3, "3rd"), (11, "11th"), (21, "21st")])
def test_counting(n, words):
    looks = [look(day, BATH) for day in range(1, n)]
    assert pasts(looks, look(n, BATH))[BATH.key].words == f"{words} time"


def test_the_other_side_is_another_flag():
    fewer = Flag("survey_missed", "site", "bath", "fewer", "watch")
    assert pasts([look(1, BATH)], look(8, fewer))[BATH.key].words == "new"


def test_the_same_data_built_again_is_not_another_look():
    looks = [look(1, BATH, build="b1"), look(1, BATH, build="b2"), look(8, build="b3")]
    assert [one.build_id for one in looks_of(looks)] == ["b2", "b3"]
    found = pasts(looks, look(8, BATH, build="b4"))
    assert found[BATH.key].words == "2nd time"


def test_data_that_reach_further_are_no_past():
    assert pasts([look(9, BATH)], look(8, BATH))[BATH.key].words == "first look"


def test_flags_are_kept_line_by_line(tmp_path):
    flag_store.append(tmp_path / "results", look(1, BATH, MARCH))
    flag_store.append(tmp_path / "results", look(8))
    flag_store.append(tmp_path / "results", look(8))
    assert flag_store.read(tmp_path / "results") == [look(1, BATH, MARCH), look(8)]
    file = tmp_path / "results" / flag_store.FILE_NAME
    assert len(file.read_text().splitlines()) == 2
    assert file.stat().st_mode & 0o077 == 0


def test_nothing_yet(tmp_path):
    assert flag_store.read(tmp_path) == []


def test_a_line_cut_off_by_a_crash_is_passed_over_and_then_written_past(tmp_path):
    flag_store.append(tmp_path, look(1, BATH))
    file = tmp_path / flag_store.FILE_NAME
    file.write_text(file.read_text() + '{"build_id": "b0')
    assert flag_store.read(tmp_path) == [look(1, BATH)]
    flag_store.append(tmp_path, look(8, MARCH))
    assert flag_store.read(tmp_path) == [look(1, BATH), look(8, MARCH)]


@pytest.mark.parametrize("line", ["{}", "[1]", "no json", '{"build_id": "b", "as_of": "x"}'])
def test_a_damaged_line_says_where(tmp_path, line):
    flag_store.append(tmp_path, look(1, BATH))
    file = tmp_path / flag_store.FILE_NAME
    file.write_text(file.read_text() + line + "\n")
    with pytest.raises(UserError, match=r"line 2.*Delete the line"):
        flag_store.read(tmp_path)
