"""Statistics instead of rows: what two files give together is what all rows give at once."""

import json

import polars as pl
import pyarrow.parquet as pq
import pytest

from etl.sums.answer import Share, fit_shared
from etl.sums.statistics_file import KEY, SMALL, read
from etl.table_fit import fit_file
from study.errors import UserError
from tests.etl.sums.tables import SITE, SLOPE, assert_same, table

LEVEL = "mood ~ week + arm + (1 | person)"


def shared(frame: pl.DataFrame, name: str, folder, formula: str, **how: bool):
    rows, sums = folder / f"{name}.parquet", folder / f"{name}-sums.parquet"
    frame.write_parquet(rows)
    how.setdefault("may_be_small", True)
    fit_file(rows, formula, share=Share(sums, **how))
    return sums


@pytest.mark.parametrize("formula", [LEVEL, SLOPE, SITE])
@pytest.mark.parametrize("per_participant", [False, True])
def test_two_sites_are_as_all_rows_at_once(formula, per_participant, tmp_path):
    frame = table(160)
    is_north = pl.col("site").is_in(["s0", "s1", "s2", "s3", "s4", "s5"])
    files = [
        shared(part, name, tmp_path, formula, per_participant=per_participant)
        for name, part in (
            ("north", frame.filter(is_north)),
            ("south", frame.filter(~is_north)),
        )
    ]
    frame.write_parquet(tmp_path / "all.parquet")
    together = fit_shared(files, method=None, df="satterthwaite")
    assert_same(fit_file(tmp_path / "all.parquet", formula), together)
    assert "need the rows" in together.warnings[-1]


def test_two_days_of_the_same_participants_are_added_up(tmp_path):
    frame = table(80)
    files = [
        shared(part, name, tmp_path, SITE, per_participant=True)
        for name, part in (
            ("early", frame.filter(pl.col("week") < 2)),
            ("late", frame.filter(pl.col("week") >= 2)),
        )
    ]
    frame.write_parquet(tmp_path / "all.parquet")
    assert_same(
        fit_file(tmp_path / "all.parquet", SITE),
        fit_shared(files, method=None, df="satterthwaite"),
    )


def test_a_level_that_one_site_lacks(tmp_path):
    frame = table(120).filter((pl.col("arm") != "usual") | (pl.col("site") < "s5"))
    parts = {"north": pl.col("site") < "s5", "south": pl.col("site") >= "s5"}
    files = [shared(frame.filter(at), name, tmp_path, SLOPE) for name, at in parts.items()]
    frame.write_parquet(tmp_path / "all.parquet")
    whole, rows = fit_file(tmp_path / "all.parquet", SLOPE), list(reversed(files))
    assert_same(whole, fit_shared(files, method=None, df="satterthwaite"))
    again = fit_shared(rows, method=None, df="satterthwaite")
    assert [one.term for one in again.fixed] == [one.term for one in whole.fixed]


def test_a_reference_that_one_site_lacks_is_refused(tmp_path):
    frame = table(60)
    files = [
        shared(frame, "north", tmp_path, LEVEL),
        shared(frame.filter(pl.col("arm") != "app"), "south", tmp_path, LEVEL),
    ]
    with pytest.raises(UserError, match=r"compared with 'coach'.*relevel\(arm"):
        fit_shared(files, method=None, df="satterthwaite")


def test_other_formulas_do_not_go_together(tmp_path):
    frame = table(60)
    files = [
        shared(frame, "north", tmp_path, LEVEL),
        shared(frame, "south", tmp_path, SLOPE),
    ]
    with pytest.raises(UserError, match="one and the same formula"):
        fit_shared(files, method=None, df="satterthwaite")


def test_small_groups_are_not_shared_unless_asked(tmp_path):
    with pytest.raises(UserError, match="fewer than 5 participants"):
        shared(table(30), "small", tmp_path, SLOPE, may_be_small=False)
    assert not (tmp_path / "small-sums.parquet").exists()
    everybody = table(40, share_missing=0.0).with_columns(mood=pl.col("mood").fill_nan(0.0))
    file = shared(everybody, "whole", tmp_path, SLOPE, may_be_small=False)
    assert read(file).smallest >= SMALL


def test_the_file_holds_no_row_and_by_pattern_no_participant(tmp_path):
    frame = table(60)
    file = shared(frame, "north", tmp_path, SITE)
    held = pq.read_table(file)
    assert held["participant"].null_count == held.num_rows
    told = json.loads(held.schema.metadata[KEY])
    assert told["formula"] == SITE
    everything = json.dumps(told) + json.dumps(held.to_pylist())
    assert not [name for name in frame["person"].unique() if name in everything]
    per_person = shared(frame, "per", tmp_path, SITE, per_participant=True)
    assert set(read(per_person).labels or ()) == set(frame.drop_nans()["person"])


def test_csv_can_be_shared_too(tmp_path):
    frame = table(60).with_columns(mood=pl.col("mood").fill_nan(None))
    frame.write_csv(tmp_path / "rows.csv")
    share = Share(tmp_path / "sums.parquet", may_be_small=True)
    fit = fit_file(tmp_path / "rows.csv", SLOPE, share=share)
    again = fit_shared([share.path], method=None, df="satterthwaite")
    assert_same(fit, again, within=1e-12)
    ml = fit_shared([share.path], method="ml", df="none")
    assert ml.method == "ml"


@pytest.mark.parametrize("kind", ["rows", "text", "none"])
def test_a_file_that_holds_no_statistics(kind, tmp_path):
    path = tmp_path / "file.parquet"
    if kind == "rows":
        table().write_parquet(path)
    elif kind == "text":
        path.write_text("mood,week\n1,2\n")
    with pytest.raises(UserError, match=r"file\.parquet"):
        fit_shared([path], method=None, df="satterthwaite")
