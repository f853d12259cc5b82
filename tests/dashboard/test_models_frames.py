"""From one result to frames, card, tables and code: nothing invented, nothing slipped past."""

import json
import math
from dataclasses import replace

import plotly.utils
import polars as pl
import pytest

from access.viewer import local_viewer
from dashboard import model_card, model_code, model_frames, model_table
from models.results import Check, Coefficient, Opinion
from queries import features as reads
from tests.dashboard import result_fixture as fixture


def drawn(component) -> dict:
    return json.loads(json.dumps(component, cls=plotly.utils.PlotlyJSONEncoder))


def text(node) -> str:
    if isinstance(node, dict):
        return text(node.get("props", {}).get("children"))
    return " ".join(map(text, node)) if isinstance(node, list) else str(node or "")


def found(node, kind: str) -> list[dict]:
    """Components of a type, in their order."""
    if isinstance(node, list):
        return [one for part in node for one in found(part, kind)]
    if not isinstance(node, dict):
        return []
    own = [node] if node.get("type") == kind else []
    return own + found(node.get("props", {}).get("children"), kind)


@pytest.fixture
def catalogue(con) -> pl.DataFrame:
    return reads.feature_catalogue(con, local_viewer())


def failed() -> object:
    return fixture.result("flexibility", **fixture.FAILED)


# Which model


def test_an_address_names_a_model_or_gets_total_alliance():
    results = {one.model_id: one for one in fixture.all_results()}
    assert model_frames.chosen(results, "rates.humanness").preset_id == "rates"
    assert model_frames.chosen(results, None).model_id == "alliance.alliance"
    assert model_frames.chosen(results, "nonsense").model_id == "alliance.alliance"
    del results["alliance.alliance"]
    assert model_frames.chosen(results, None).model_id == min(results)
    assert model_frames.chosen({}, "nonsense") is None


def test_without_a_result_every_frame_is_empty_but_has_its_columns(catalogue):
    frames = [
        model_frames.estimates(None, catalogue),
        model_frames.opinions(None),
        model_frames.variances(None),
        model_frames.means(None),
        model_frames.influences(None),
        model_frames.residual_quantiles(None),
        model_frames.level_quantiles(None),
        model_frames.residuals_by_fitted(None),
        model_card.lines(None),
        model_code.lines(None),
    ]
    assert all(frame.is_empty() and frame.width > 5 for frame in frames)


# Estimates


def test_terms_stand_by_part_in_the_order_of_the_study(catalogue):
    frame = model_frames.estimates(fixture.result("humanness"), catalogue)
    assert frame["heading"].unique(maintain_order=True).to_list() == [
        "Design",
        "Within a participant",
        "Between participants",
    ]
    assert frame["term"].to_list()[:3] == ["intercept", "week", "arm:control"]
    order = catalogue["feature_id"].to_list()
    within = frame.filter(part="within")["term"].str.strip_prefix("within:").to_list()
    assert within == order
    assert frame.filter(term="within:praise")["label"].item() == "Praise after a session"


def test_opinions_and_influence_keep_the_same_order(catalogue):
    result = fixture.result("humanness")
    mixed = replace(result, coefficients=result.coefficients[::-1])
    ordered = model_frames.in_study_order(mixed, catalogue)
    terms = [row.term for row in ordered.coefficients]
    listed = model_frames.estimates(mixed, catalogue).filter(pl.col("state") == "estimated")
    assert set(terms[:3]) == {"intercept", "week", "arm:control"}
    assert terms == listed["term"].to_list()
    for frame in (model_frames.opinions(ordered), model_frames.influences(ordered)):
        own = frame["term"].unique(maintain_order=True).to_list()
        assert own == [term for term in terms if term in own]


def test_a_term_that_is_not_estimable_stands_in_its_place_with_its_reason(catalogue):
    frame = model_frames.estimates(fixture.result("humanness"), catalogue)
    row = frame.filter(term="within:companion").row(0, named=True)
    assert row["state"] == "not estimable"
    assert row["label"] == "Named companion"
    assert {row[name] for name in ("estimate", "all_estimate", "se", "p_value")} == {None}
    table = drawn(model_table.estimates(frame))
    line = next(one for one in found(table, "Tr") if "Named companion" in text(one))
    assert "Not estimable. Everyone has this feature" in text(line).replace("  ", " ")
    assert not any(letter.isdigit() for letter in text(line))


def test_log_odds_have_odds_ratios_beside_them_but_an_intercept_has_none(catalogue):
    frame = model_frames.estimates(fixture.result("adherence"), catalogue)
    row = frame.filter(term="within:praise").row(0, named=True)
    assert row["odds_ratio"] == pytest.approx(math.exp(row["estimate"]))
    assert row["or_low"] == pytest.approx(math.exp(row["ci_low"]))
    assert frame.filter(term="intercept")["odds_ratio"].item() is None
    heads = [text(one) for one in found(drawn(model_table.estimates(frame)), "Th")]
    assert heads[:4] == ["Term", "Odds ratio", "95 % interval (odds ratio)", "Log odds"]
    linear = model_frames.estimates(fixture.result("humanness"), catalogue)
    assert linear["odds_ratio"].is_null().all()
    assert "Odds ratio" not in text(drawn(model_table.estimates(linear)))


def test_no_degrees_of_freedom_are_infinitely_many(catalogue):
    frame = model_frames.estimates(fixture.result("humanness"), catalogue)
    rows = {
        text(found(one, "Th")): text(one)
        for one in found(drawn(model_table.estimates(frame)), "Tr")
    }
    assert "24.3" in rows["Intercept"]
    assert "∞" in next(words for label, words in rows.items() if label.startswith("Praise"))


def test_a_failed_check_keeps_the_numbers_from_table_and_export(catalogue):
    frame = model_frames.estimates(failed(), catalogue)
    fitted = frame.filter(pl.col("state") != "not estimable")
    assert fitted["state"].unique().to_list() == ["withheld"]
    shown = [name for name in frame.columns if f"all_{name}" in frame.columns]
    assert all(fitted[name].is_null().all() for name in shown)
    assert fitted["all_estimate"].is_not_null().all()
    assert fitted["explanation"].str.contains("“Converged” failed").all()


def test_withheld_numbers_stand_behind_a_click_beside_the_reason(catalogue):
    shown = drawn(model_table.estimates(model_frames.estimates(failed(), catalogue)))
    (details,) = found(shown, "Details")
    assert "Show the numbers all the same" in text(found(details, "Summary"))
    assert "“Converged” failed" in text(details)
    assert len(found(details, "Table")) == len(found(shown, "Table")) == 1
    trusted = model_table.estimates(model_frames.estimates(fixture.result("humanness"), catalogue))
    assert found(drawn(trusted), "Details") == []


def test_numbers_beyond_any_scale_are_written_as_such(catalogue):
    wild = fixture.coefficient("praise", "within", 800.0, 90.0, 0.5)
    result = fixture.result("adherence", coefficients=(wild,), opinions=())
    words = text(drawn(model_table.estimates(model_frames.estimates(result, catalogue))))
    assert "> 1\u202f000\u202f000" in words
    assert "e+" not in words


def test_a_unit_that_terms_share_is_said_once_and_another_beside_its_term(catalogue):
    frame = model_frames.estimates(fixture.result("humanness"), catalogue)
    heads = [text(one) for one in found(drawn(model_table.estimates(frame)), "Th")]
    within = "per additional exposure in the window"
    assert sum(within in head for head in heads) == 2
    assert "Time, per week in the study per week" in heads
    assert frame.filter(term="within:praise")["unit"].item() == within


# Second opinions


def test_every_term_has_its_headline_first_and_then_the_opinions_it_has():
    frame = model_frames.opinions(fixture.result("adherence"))
    praise = frame.filter(term="within:praise")
    assert praise["method"].to_list() == [
        "headline",
        "cluster_robust",
        "gee",
        "cluster_bootstrap",
        "marginal",
    ]
    head, marginal = praise["estimate"][0], praise["estimate"][4]
    assert marginal == pytest.approx(head**0.8)
    assert "intercept" not in frame["term"]


def head(low: float, high: float) -> Coefficient:
    base = fixture.coefficient("praise", "within", (low + high) / 2, 0.1, 0.1)
    return Coefficient(**{**base.__dict__, "ci_low": low, "ci_high": high})


def other(low: float, high: float) -> Opinion:
    return Opinion("within:praise", "gee", (low + high) / 2, 0.1, low, high)


@pytest.mark.parametrize(
    ("headline", "second", "words"),
    [
        ((0.1, 0.3), (0.1, 0.4), ""),
        ((0.1, 0.3), (-0.1, 0.4), "includes no association"),
        ((-0.1, 0.3), (0.05, 0.2), "excludes no association"),
        ((0.1, 0.3), (-0.3, -0.1), "points the other way"),
        ((0.1, 0.3), (0.5, 0.7), "lies outside the interval"),
        ((-0.3, -0.1), (-0.4, -0.05), ""),
    ],
)
def test_disagreement_is_said_in_words(headline, second, words):
    assert model_frames.disagreement(head(*headline), other(*second)) == words


def test_an_estimate_of_another_quantity_may_lie_elsewhere():
    far = (head(0.1, 0.3), other(0.01, 0.05))
    assert model_frames.disagreement(*far) == "lies outside the interval"
    assert model_frames.disagreement(*far, is_other_target=True) == ""


def test_opinions_of_a_withheld_model_are_withheld_too():
    frame = model_frames.opinions(failed())
    assert frame["estimate"].is_null().all()
    assert set(frame["agreement"]) == {""}


# Variances and means


def test_variances_name_level_trend_and_what_is_left():
    frame = model_frames.variances(fixture.result("humanness"))
    assert frame["label"].to_list()[:4] == [
        "Variance of own level",
        "Variance of own trend (week)",
        "Covariance of own level and trend (week)",
        "Residual variance",
    ]
    assert frame.filter(pl.col("label").str.starts_with("ICC"))["value"].item() == 0.4
    assert "Working correlation" not in frame["label"]


def test_a_correlation_that_is_not_defined_is_a_dash_and_a_variance_of_0_stays_0():
    frame = model_frames.variances(fixture.result("meaningfulness", **fixture.SINGULAR))
    rows = found(drawn(model_table.variances(frame)), "Tr")
    assert text(rows[2]).split()[-2:] == ["0.000", "0.000"]
    assert text(rows[3]).split()[-1] == "–"


def test_means_stand_on_their_grid_and_only_differences_are_tested():
    frame = model_frames.means(fixture.result("humanness"))
    assert frame["kind"].to_list() == ["mean", "mean", "difference"]
    shown = drawn(model_table.means(frame))
    assert fixture.GRID in text(shown)
    rows = [text(row) for row in found(shown, "Tr")]
    assert "0.016" in next(row for row in rows if "−0.31" in row)


def test_variances_and_means_of_a_failed_card_are_withheld():
    for make, view in (
        (model_frames.variances, model_table.variances),
        (model_frames.means, model_table.means),
    ):
        frame = make(failed())
        assert frame.filter(pl.col("state") != "withheld").is_empty()
        number = "value" if "value" in frame.columns else "estimate"
        assert frame[number].is_null().all()
        assert len(found(drawn(view(frame)), "Details")) == 1


# The card


def card(result) -> tuple[pl.DataFrame, dict]:
    frame = model_card.lines(result)
    return frame, drawn(model_card.view(frame))


def test_required_checks_come_first_and_every_state_is_a_word_with_a_sign():
    frame, shown = card(fixture.result("humanness"))
    checks = frame.filter(pl.col("state") != "").slice(1)
    assert checks["section"].to_list() == ["required checks"] * 2 + ["other checks"] * 2
    assert checks["state"].to_list() == ["passed", "passed", "note", "passed"]
    items = [
        text(item).split()[:2]
        for item in found(shown, "Li")
        if "check" in item["props"].get("className", "")
    ]
    assert items == [["✓", "passed"], ["✓", "passed"], ["!", "note"], ["✓", "passed"]]


def test_a_failed_card_says_at_the_top_in_one_sentence_why():
    frame, shown = card(failed())
    verdict = frame.row(0, named=True)
    assert (verdict["label"], verdict["state"]) == ("Headline withheld", "failed")
    assert verdict["words"] == (
        "The numbers are withheld because the required check “Converged” failed: "
        "The gradient is 0.3, above 1e-04."
    )
    assert text(found(shown, "P")[0]).startswith("✕ Headline withheld")
    # What failed stands above what passed.
    assert frame.filter(section="required checks")["state"].to_list() == ["failed", "passed"]


@pytest.mark.parametrize(
    ("changes", "label", "words"),
    [
        ({}, "Trusted", "1 note below asks for care"),
        (fixture.SINGULAR, "Trusted", "1 note below asks for care"),
        ({"checks": ()}, "Not checked", "No required check is recorded"),
        (fixture.NOT_CONVERGED, "No numbers", "did not converge"),
        (fixture.NOT_ESTIMABLE, "No numbers", "4 rows of 3 participants are too few"),
    ],
)
def test_the_verdict_follows_from_status_and_checks(changes, label, words):
    verdict = model_card.lines(fixture.result("humanness", **changes)).row(0, named=True)
    assert verdict["label"] == label
    assert words in verdict["words"]


def test_the_card_says_what_was_lost_grouped_and_singular():
    frame, shown = card(fixture.result("humanness", **fixture.SINGULAR))
    lost = frame.filter(section="rows lost")
    assert lost["words"].to_list() == ["4 rows of 3 participants", "20 rows of 20 participants"]
    assert "survey not filled in" in lost["label"][0]
    assert frame.filter(section="groups")["words"].to_list() == ["28", "2"]
    facts = dict(frame.filter(section="model").select("label", "words").iter_rows())
    assert facts["Singular"].startswith("yes")
    assert facts["Degrees of freedom"] == "Satterthwaite"
    assert "Benjamini-Hochberg over 24 tests" in facts["Adjustment"]
    assert "follows the number of sessions" in text(shown)


def test_a_check_that_failed_without_detail_still_makes_a_sentence():
    bare = (Check("Converged", False, "", is_required=True),)
    words = model_card.lines(fixture.result("use", checks=bare))["words"][0]
    assert words.endswith("failed: no detail was recorded.")


# Code


def test_code_has_the_command_for_the_rows_and_three_languages():
    frame = model_code.lines(fixture.result("humanness"))
    assert frame["language"].unique(maintain_order=True).to_list() == [
        "Command",
        *model_code.LANGUAGES.values(),
    ]
    assert frame["code"][0] == (
        "rapport fit study.toml --model alliance.humanness --rows alliance.humanness.csv"
    )
    r = frame.filter(language="R")
    assert "\n".join(r["code"]) == fixture.CODE.r
    assert r["line"].to_list() == [1, 2, 3]
    shown = drawn(model_code.view(frame))
    assert [text(one) for one in found(shown, "Code")][1:] == [
        fixture.CODE.python,
        fixture.CODE.statsmodels,
        fixture.CODE.r,
    ]
    assert next(one["props"]["aria-label"] for one in found(shown, "Button")) == "Copy: Command"


def test_a_model_without_code_has_no_lines():
    assert model_code.lines(fixture.result("humanness", **fixture.NOT_ESTIMABLE)).is_empty()


def test_nobody_is_named_in_influence():
    frame = model_frames.influences(fixture.result("humanness"))
    assert set(frame.columns) == set(model_frames.INFLUENCES)
    assert set(frame["group"]) == {"participant", "site"}
    assert frame.filter(term="within:praise")["label"].unique().item() == "Praise after a session"
