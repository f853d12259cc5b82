"""`rapport reliability`, from exports through load and build to what is printed."""

import json
import shutil
import sys
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest

import app
from etl.fit import fit
from etl.pipeline import refresh
from models import store
from models.measurement.items import ItemTable
from models.measurement.scale_report import scale_report
from models.power.design import Variances
from study.file import load_study
from warehouse.publish import current_mart
from warehouse.workspace import Workspace

# The study is loaded once for all of them, by one worker.
pytestmark = pytest.mark.xdist_group("reliability")
N, WEEKS = 30, (1, 2, 4)
STUDY = """
[study]
id = "small"
title = "A small study"
planned_weeks = 5
[[sources]]
id = "people"
kind = "roster"
path = "roster.csv"
participant = "pid"
[sources.roster]
enrolled = "enrolled"
[[sources]]
id = "app"
kind = "events"
path = "events.csv"
participant = "pid"
[sources.events]
name = "event"
time = "at"
[[sources]]
id = "forms"
kind = "answers"
path = "forms.csv"
participant = "pid"
[sources.answers]
shape = "wide"
time = "at"
column_pattern = "{instrument}_{item}"
[[features]]
id = "plan"
label = "Plan"
principle = "personalization"
[features.stages]
seen = { event = "plan" }
[[instruments]]
id = "bond"
label = "Bond"
items = 4
low = 1
high = 99
reverse = [2]
schedule = { weeks = [1, 2, 4], window_days = [0, 6] }
[[instruments.scales]]
id = "total"
label = "Total"
items = [1, 2, 3, 4]
[[instruments.scales]]
id = "half"
label = "Half"
items = [1, 2]
[[instruments]]
id = "mood"
label = "Mood"
items = 2
low = 1
high = 5
[[instruments.scales]]
id = "total"
label = "Total"
items = [1, 2]
[dimensions]
alliance = { scales = ["bond.total"] }
[privacy]
participant_ids = "as_given"
"""


class Case:
    """A study on disk, loaded, built and fitted, with the answers as they were keyed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        rng = np.random.default_rng(11)
        enrolled = datetime(2025, 3, 3, 9)
        people, events = ["pid,enrolled"], ["pid,event,at"]
        forms = ["pid,at,bond_1,bond_2,bond_3,bond_4"]
        keyed: list[tuple[int, int, np.ndarray]] = []
        for who in range(N):
            people.append(f"p{who:02d},2025-03-03")
            level = rng.normal(0, 12)
            # One filling-in before the first survey is due: it satisfies none.
            for week in (0, *WEEKS) if who < 5 else WEEKS:
                day = enrolled + timedelta(weeks=week)
                for minute in range(rng.poisson(3)):
                    at = day - timedelta(days=2, minutes=minute)
                    events.append(f"p{who:02d},plan,{at.isoformat()}")
                change = rng.normal(0, 8)
                values = np.clip(np.round(50 + level + change + rng.normal(0, 7, 4)), 1, 99)
                if (who + week) % 9 == 8:
                    values[3] = np.nan
                keyed.append((who, week, values))
                given = values.copy()
                given[1] = 100 - given[1]
                cells = ["" if np.isnan(cell) else f"{cell:.0f}" for cell in given]
                forms.append(",".join([f"p{who:02d}", day.isoformat(), *cells]))
        events.append("p00,other,2025-04-20T10:00:00")
        for name, lines in (("roster", people), ("events", events), ("forms", forms)):
            (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (folder / "study.toml").write_text(STUDY, encoding="utf-8")
        self.who, self.week = (np.array([one[place] for one in keyed]) for place in (0, 1))
        self.values = np.array([one[2] for one in keyed])

    def expected(self, n_items: int = 4) -> list[dict]:
        kept = self.week > 0
        weeks = np.searchsorted(WEEKS, self.week[kept]).astype(np.int64)
        names = tuple("1234"[:n_items])
        table = ItemTable(
            names, self.values[kept, :n_items], self.who[kept].astype(np.int64), weeks
        )
        return [vars(row) for row in scale_report("total", table).rows]


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    one = Case(tmp_path_factory.mktemp("items"))
    study, workspace = load_study(one.folder), Workspace.beside(one.folder)
    assert refresh(study, workspace, fit_models=False) == 0
    fit(study, workspace)  # Analyses are nothing to these commands.
    return one


@pytest.fixture
def rapport(monkeypatch, capsys, case):
    def run(command: str, *words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["rapport", command, str(case.folder), *words])
        with pytest.raises(SystemExit) as ended:
            app.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def same(found: list[dict], expected: list[dict]) -> None:
    assert [row["of"] for row in found] == [row["of"] for row in expected]
    for ours, theirs in zip(found, expected, strict=True):
        assert ours == {
            key: pytest.approx(value, rel=1e-6) if isinstance(value, float) else value
            for key, value in theirs.items()
        }


def test_the_coefficients_are_those_of_the_keyed_answers(rapport, case):
    code, out, err = rapport("reliability", "--instrument", "bond", "--json")
    assert (code, err) == (0, "")
    total, half = json.loads(out)["scales"]
    same(total["rows"], case.expected())
    same(half["rows"], case.expected(2))
    names = {(row["coefficient"], row["of"]): row["value"] for row in total["rows"]}
    # Planted: 12^2 between, 8^2 within, error 7^2 on each of 4 items.
    assert names["R_C", "change within participants"] == pytest.approx(64 / (64 + 49 / 4), abs=0.06)
    assert names["alpha", "differences between participants"] > 0.95
    assert (total["scale"], total["n_participants"], total["n_filling_ins"]) == ("total", N, 3 * N)
    assert total["n_left_out"] == 5
    assert (total["occasion_is"], total["occasions"]) == ("survey of week", [1, 2, 4])
    assert [item["item"] for item in total["items"]] == ["1", "2", "3", "4"]
    assert all(item["item_rest"] > 0.4 for item in total["items"])


def test_the_text_has_a_line_a_coefficient_and_says_why_one_is_missing(rapport):
    code, out, _ = rapport("reliability")
    assert code == 0
    assert "Bond: Total (bond.total)" in out
    assert "90 filling-ins of 30 participants; occasions, in order: survey of week 1, 2, 4" in out
    assert "5 filling-ins satisfy no scheduled survey and are left out" in out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert any(line.startswith("alpha sum of items, occasion") for line in lines)
    assert any(line.startswith("R_C change within participants 0.") for line in lines)
    assert "Omega needs at least 3 items" in " ".join(lines)
    # No answer to this one at all.
    after = out[out.index("Mood: Total (mood.total)") :]
    assert "No filling-in" in after
    assert "alpha (sum of items): No item of this scale was answered." in after
    assert "p01" not in out


def test_own_occasions_and_pairwise_take_in_more(rapport):
    words = ("reliability", "--instrument", "bond", "--scale", "total", "--json")
    [plain] = json.loads(rapport(*words)[1])["scales"]
    [own] = json.loads(rapport(*words, "--own-occasions")[1])["scales"]
    assert (own["occasion_is"], own["occasions"]) == ("filling-in", [1, 2, 3, 4])
    assert (own["n_filling_ins"], own["n_left_out"]) == (3 * N + 5, 0)
    [pairs] = json.loads(rapport(*words, "--pairwise")[1])["scales"]
    alphas = [one["rows"][0]["value"] for one in (plain, own, pairs)]
    assert len(set(alphas)) == 3
    assert [row["value"] for row in plain["rows"][2:]] == [
        row["value"] for row in pairs["rows"][2:]
    ]


def test_without_any_number_the_command_ends_with_1(rapport):
    code, out, _ = rapport("reliability", "--instrument", "mood", "--json")
    [scale] = json.loads(out)["scales"]
    assert code == 1
    assert scale["rows"][0]["value"] is None
    assert scale["occasions"] == scale["items"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--instrument", "bonds"), "no instrument 'bonds'. It has: bond, mood."),
        (("--scale", "whole"), "There are: bond.total, bond.half, mood.total."),
        (("--instrument", "mood", "--scale", "half"), "There are: mood.total."),
        (("--workspace", "nowhere"), "rapport load"),
    ],
)
def test_what_does_not_exist_is_named(rapport, words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = rapport("reliability", *words)
    assert (code, out) == (2, "")
    assert said in err


def test_a_fitted_model_lends_its_spread_to_a_plan(rapport, case):
    words = ("--from-model", "alliance.alliance", "--effect", "within=1", "--quick", "--json")
    code, out, err = rapport("power", *words)
    assert (code, err) == (0, "")
    saved = store.load_all(Workspace.beside(case.folder).results)["alliance.alliance"]
    expected = Variances.of_result(saved)
    assert json.loads(out)["design"]["variances"] == vars(expected)
    assert 8 < expected.level_sd < 16
    code, _, err = rapport("power", "--from-model", "alliance.bond", *words[2:])
    assert code == 2
    assert "no such model. There are: alliance.alliance." in err
    code, _, err = rapport("power", *words, "--sd", "1")
    assert code == 2
    assert "--from-model gives the spread of the outcome" in err


def test_a_build_of_before_says_to_load_again(rapport, case, tmp_path):
    shutil.copytree(case.folder / ".rapport", tmp_path / "old", symlinks=True)
    con = duckdb.connect(str(current_mart(Workspace(tmp_path / "old"))))
    con.execute("drop table fct_item_answers")
    con.close()
    code, out, err = rapport("reliability", "--workspace", str(tmp_path / "old"))
    assert (code, out) == (2, "")
    assert "Run: rapport load" in err
