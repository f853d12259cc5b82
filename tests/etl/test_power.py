"""`rapport power` from what is typed to what is said."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

import app
import etl.power_text
from models.power.adherence_design import AdherenceDesign
from models.power.design import ExposureDesign, PowerDesign, Variances
from models.power.micro_randomised import MicroRandomisedDesign
from models.power.simulate import approximate_power, power, smallest_n

ROOT = Path(__file__).parents[2]


@pytest.fixture
def rapport(monkeypatch, capsys):
    """Run the command line in this process: exit code, standard output, standard error."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["rapport", "power", *words])
        with pytest.raises(SystemExit) as ended:
            app.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def test_the_json_is_what_the_library_says(rapport):
    code, out, err = rapport(
        *(
            "--weeks",
            "1,3,6,9",
            "--sd",
            "2",
            "--icc",
            "0.5",
            "--trend-sd",
            "0.1",
            "--arms",
            "0.4,0.6",
        ),
        *("--exposure-mean", "2", "--exposure-sd", "1", "--trend-by-arm", "--dropout", "0.2"),
        *("--missed", "0.1", "--slope-sd", "0.2", "--effect", "within=0.4"),
        *("--effect", "arm2:week=-0.2", "--n", "60,50", "--simulations", "20", "--seed", "7"),
        *("--alpha", "0.1", "--json"),
    )
    assert (code, err) == (0, "")
    design = PowerDesign(
        weeks=(1, 3, 6, 9),
        variances=Variances(2 * 0.5**0.5, 2 * 0.5**0.5, 0.1, slope_sd=0.2),
        exposure=ExposureDesign(2, 1),
        arms=(0.4, 0.6),
        has_trend_by_arm=True,
        dropout=0.2,
        missed=0.1,
    )
    effects = {"within": 0.4, "arm2:week": -0.2}
    rows = power(design, effects, [60, 50], alpha=0.1, n_simulations=20, seed=7)
    answer = json.loads(out)
    assert answer["rows"] == [vars(row) for row in rows]
    assert len(rows) == 4
    assert answer["design"]["kind"] == "surveys"
    assert answer["design"]["variances"]["slope_sd"] == 0.2
    assert (answer["smallest"], answer["error"]) == (None, None)
    assert (answer["alpha"], answer["simulations"], answer["seed"]) == (0.1, 20, 7)


def test_what_is_not_typed_has_a_sensible_value(rapport):
    _, out, _ = rapport("--effect", "within=0.06", "--quick", "--json")
    answer = json.loads(out)
    design = PowerDesign((2, 4, 8, 12), Variances.of_icc(0.9, 0.6))
    assert [row["n"] for row in answer["rows"]] == [40, 80, 120]
    for row in answer["rows"]:
        expected = approximate_power(design, {"within": 0.06}, row["n"])["within"]
        assert row == {"term": "within", "n": row["n"], "effect": 0.06, "power": expected}
    assert answer["simulations"] is None


def test_a_line_for_each_term_and_number(rapport):
    code, out, _ = rapport(
        *("--effect", "within=0.3", "--effect", "between=0", "--n", "20,30", "--simulations", "20")
    )
    assert code == 0
    rows = [
        line.split()
        for line in out.splitlines()
        if line.strip().startswith(("within ", "between "))
    ]
    assert [row[:3] for row in rows] == [
        ["within", "20", "0.3"],
        ["between", "20", "0"],
        ["within", "30", "0.3"],
        ["between", "30", "0"],
    ]
    assert rows[0][3:6] == ["1.00", "±", "0.06"]
    assert float(rows[3][-1]) == pytest.approx(1 - float(rows[3][-2]), abs=1e-9)
    assert "20 simulated studies for each n, seed 1" in out
    assert "SD 0.6971 between participants, 0.5692 within" in out


def test_the_smallest_number_with_its_range(rapport):
    words = ("--mrt", "--points", "20", "--level-sd", "0.3", "--sd", "0.8", "--probability", "0.4")
    words += ("--availability", "0.9", "--correlation", "0.2", "--effect-sd", "0.1")
    words += ("--effect", "treatment=0.3", "--smallest", "treatment", "--target", "0.9")
    code, out, _ = rapport(*words, "--simulations", "40", "--seed", "3")
    plan = MicroRandomisedDesign(20, 0.4, 0.9, 0.3, 0.8, 0.1, 0.2)
    found = smallest_n(plan, {"treatment": 0.3}, "treatment", target=0.9, n_simulations=40, seed=3)
    assert code == 0
    assert (
        f"treatment: {found.n} participants, between {found.low} and {found.high}, for a power "
        "of 0.90" in out
    )
    _, out, _ = rapport(*words, "--simulations", "40", "--seed", "3", "--json")
    answer = json.loads(out)
    assert answer["smallest"]["n"] == found.n
    assert answer["smallest"]["row"] == vars(found.row)
    assert answer["rows"] == []


def test_adherence_has_no_type_i_error_beside_an_effect(rapport):
    words = ("--adherence", "--n-weeks", "4", "--due", "3", "--usual", "0.5", "--level-sd", "0.8")
    words += ("--no-exposure", "--arms", "0.5,0.5", "--dropout", "0.1", "--effect", "arm2=0.5")
    words += ("--n", "20", "--simulations", "20")
    code, out, _ = rapport(*words)
    plan = AdherenceDesign(4, 3, 0.5, 0.8, exposure=None, arms=(0.5, 0.5), dropout=0.1)
    [row] = power(plan, {"arm2": 0.5}, [20], n_simulations=20)
    assert code == 0
    [line] = [line.split() for line in out.splitlines() if line.strip().startswith("arm2")]
    assert line[3] == f"{row.power:.2f}"
    assert line[-1] == "–"
    assert "ask with an effect of 0" in out
    _, out, _ = rapport(*words, "--json")
    assert json.loads(out)["rows"][0]["type_i_error"] is None


def test_a_study_too_small_for_its_model_is_an_answer(rapport):
    words = ("--arms", "0.2,0.2,0.2,0.2,0.2", "--effect", "arm2=1", "--n", "4")
    code, out, _ = rapport(*words, "--simulations", "20", "--json")
    answer = json.loads(out)
    assert code == 1
    assert answer["rows"] == []
    assert answer["error"]["reason"] == "too_small"
    code, out, _ = rapport(*words, "--simulations", "20")
    assert code == 1
    assert "Plan more participants or surveys, or a simpler model." in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "Say the effect to be found, such as --effect within=0.1."),
        ("--effect within", "--effect within: a term and its effect, such as within=0.1,"),
        ("--effect within=nan", "--effect within=nan: a term"),
        ("--effect within=1 --effect within=2", "--effect within stands twice."),
        ("--effect arm2=1", "arm2 is no term of this plan; it has week, within, between. For arms"),
        ("--effect arm2:week=1 --arms 0.5,0.5", "--arms 0.5,0.5 and --trend-by-arm."),
        ("--effect within=1 --no-exposure", "For within, leave --no-exposure out."),
        ("--effect other=1", "other is no term of this plan; it has week, within, between."),
        ("--effect within=1 --n 3", "--n 3: whole numbers from 4"),
        ("--effect within=1 --n 40.5", "--n 40.5: whole numbers"),
        ("--effect within=1 --n 40;80", "--n 40;80: numbers of participants"),
        ("--effect within=1 --n 1e9", "to 100,000"),
        ("--effect within=1 --weeks 4,2", "--weeks must be at least 2 and rise"),
        ("--effect within=1 --arms 0.5,0.6", "--arms must be shares"),
        ("--effect within=1 --trend-by-arm", "--trend-by-arm needs two arms"),
        ("--effect within=1 --icc 1", "icc at least 0 and below 1"),
        ("--effect within=1 --sd nan", "--sd must be a number."),
        ("--effect within=1 --dropout 1", "dropout and missed are shares"),
        ("--effect within=1 --exposure-sd 0", "--exposure-sd"),
        ("--effect within=1 --alpha 0", "--alpha must lie"),
        ("--effect within=1 --target 0.9", "--target is the power that --smallest"),
        ("--effect within=1 --smallest between", "--smallest between needs an effect"),
        ("--effect within=1 --smallest within --n 40", "choose one"),
        ("--effect within=1 --smallest within --target 1", "--target must lie"),
        ("--effect within=1 --smallest within --quick", "--quick simulates nothing"),
        ("--effect within=1 --simulations 5", "--simulations must be at least 20."),
        ("--effect within=1 --seed -1", "--seed must not be below 0."),
        ("--effect within=1 --quick --adherence", "--quick is for plans of surveys only"),
        ("--effect within=1 --adherence --mrt", "two designs"),
        ("--effect within=1 --adherence --icc 0.5", "--icc belongs to a plan of surveys, not to"),
        ("--effect within=1 --adherence --due 0", "--due at least 1"),
        ("--effect treatment=1 --mrt --points 1", "--points must be at least 2"),
        ("--effect treatment=1 --mrt --no-exposure", "a plan with --adherence, not to"),
        ("--effect within=1 --points 5", "--points belongs to a plan with --mrt"),
    ],
)
def test_what_does_not_go_together_is_said(rapport, words, said):
    code, out, err = rapport(*words.split())
    assert code == 2
    assert out == ""
    assert err.startswith("rapport: ")
    assert said in err


def test_a_bar_on_a_terminal_and_nothing_of_it_on_standard_output(rapport, monkeypatch):
    terminal = Console(file=io.StringIO(), force_terminal=True, width=100)
    monkeypatch.setattr(etl.power_text, "Console", lambda stderr: terminal)
    _, out, _ = rapport("--effect", "within=1", "--n", "10", "--simulations", "20", "--json")
    assert "Simulating" in terminal.file.getvalue()
    assert json.loads(out)["rows"]


def test_in_a_process_of_its_own_only_json_is_printed():
    words = ("power", "--effect", "within=0.1", "--n", "20", "--simulations", "20", "--json")
    done = subprocess.run(
        [sys.executable, str(ROOT / "app.py"), *words],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["rows"][0]["n_simulations"] == 20


def test_the_help_teaches_by_example(rapport):
    code, out, _ = rapport("--help")
    assert code == 0
    assert out.count("rapport power ") >= 2
