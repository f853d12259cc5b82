"""From model results to the exposure × dimension map: nothing invented, nothing hidden."""

import json
import math

import plotly.utils
import polars as pl
import pytest

from access.viewer import local_viewer
from dashboard import effect_detail, effect_map
from dashboard.figures import features as figures
from dashboard.result_frames import chosen_cell, effects, grid, of_preset, withheld_because
from models.results import Check, Opinion
from queries import alliance as alliance_reads
from queries import features as reads
from tests.dashboard import result_fixture
from tests.dashboard.mart_fixture import FEATURES

NAMES = [feature[0] for feature in FEATURES]


@pytest.fixture
def cells(con):
    return cells_of(con, of_preset(result_fixture.all_results(), "alliance"))


def cells_of(con, results, chosen=("praise", "humanness")):
    viewer = local_viewer()
    made = grid(
        effects(results, NAMES),
        reads.feature_catalogue(con, viewer),
        alliance_reads.dimension_measures(con, viewer),
        reads.hypothesised_links(con, viewer),
    )
    return made.with_columns(
        is_chosen=(pl.col("feature_id") == chosen[0]) & (pl.col("outcome") == chosen[1])
    )


def cell(cells, feature, outcome, part="within"):
    return cells.filter(feature_id=feature, outcome=outcome, part=part).row(0, named=True)


def drawn(component) -> dict:
    return json.loads(json.dumps(component, cls=plotly.utils.PlotlyJSONEncoder))


def buttons(component) -> dict[tuple[str, str], dict]:
    found = {}

    def visit(node):
        if isinstance(node, list):
            for part in node:
                visit(part)
        elif isinstance(node, dict):
            identity = node.get("props", {}).get("id")
            if isinstance(identity, dict) and "map-feature" in identity:
                found[identity["map-feature"], identity["map-outcome"]] = node["props"]
            visit(node.get("props", {}).get("children"))

    visit(drawn(component))
    return found


def text(node) -> str:
    if isinstance(node, dict):
        return text(node.get("props", {}).get("children"))
    return " ".join(map(text, node)) if isinstance(node, list) else str(node or "")


def test_the_grid_has_every_feature_with_every_outcome_in_order(cells):
    within = cells.filter(part="within")
    assert within.height == 6 * 7
    outcomes = within.filter(feature_id="praise")["outcome"].to_list()
    assert outcomes[-2:] == ["alliance", "adherence"]
    assert outcomes[:5] == ["humanness", "meaningfulness", "progression", "use", "flexibility"]


def test_not_estimable_cells_have_no_number_but_a_reason(cells):
    found = cell(cells, "companion", "humanness")
    assert found["state"] == "not_estimable"
    assert (found["estimate"], found["ci_low"], found["strength"], found["reach"]) == (None,) * 4
    assert "Everyone has this feature" in found["explanation"]
    button = buttons(effect_map.view(cells))["companion", "humanness"]
    assert "is-blank" in button["className"]
    assert text(button["children"]).split() == ["not", "estimable", "always", "on"]
    assert "0" not in text(button["children"])
    assert "Everyone has this feature" in button["aria-label"]


def test_an_estimate_needs_no_excuse(cells):
    assert cells.filter(state="estimated").height > 0
    assert cells.filter(state="estimated")["explanation"].is_null().all()


def test_a_model_that_did_not_converge_shows_none_of_its_numbers(cells):
    use = cells.filter(outcome="use")
    assert use["state"].unique().to_list() == ["not_converged"]
    assert use["estimate"].is_null().all()
    assert use["explanation"].unique().to_list() == ["No optimiser found a maximum."]


def test_a_model_that_failed_a_check_shows_its_cells_as_withheld(cells):
    found = cell(cells, "praise", "flexibility")
    assert (found["state"], found["estimate"], found["p_value"], found["strength"]) == (
        "withheld",
        None,
        None,
        None,
    )
    assert "required check “Converged” failed: The gradient is 0.3" in found["explanation"]
    button = buttons(effect_map.view(cells))["praise", "flexibility"]
    assert "is-withheld" in button["className"]
    assert text(button["children"]).split() == ["⊘", "withheld", "a", "check", "failed"]
    assert "withheld" in button["aria-label"]
    # What the data cannot speak about stays that: checks have no part in it.
    assert cell(cells, "companion", "flexibility")["state"] == "not_estimable"


def test_the_legend_explains_withheld_where_it_is_seen(con, cells):
    assert "⊘ withheld" in text(drawn(effect_map.view(cells)))
    trusted = cells_of(con, [result_fixture.result("humanness")])
    assert "withheld" not in text(drawn(effect_map.view(trusted)))


def test_a_failed_note_withholds_nothing(con):
    noted = result_fixture.result("humanness", **result_fixture.SINGULAR)
    assert cell(cells_of(con, [noted]), "praise", "humanness")["state"] == "estimated"


def test_several_failed_checks_are_named_in_one_sentence():
    failed = tuple(Check(name, False, "Why.", is_required=True) for name in ("One", "Two"))
    words = withheld_because(result_fixture.result("use", checks=failed))
    assert words == ("The numbers are withheld because 2 required checks failed: “One”, “Two”.")
    assert withheld_because(result_fixture.result("use")) == ""
    broken = result_fixture.result("use", **result_fixture.NOT_CONVERGED)
    assert withheld_because(broken) == ""


def test_an_outcome_without_a_model_says_what_to_run(con):
    made = cells_of(con, [result_fixture.result("humanness")])
    found = cell(made, "praise", "progression")
    assert (found["state"], found["estimate"]) == ("not_fitted", None)
    assert "rapport fit" in found["explanation"]
    assert cell(made, "praise", "adherence")["is_ratio"]


def test_adherence_is_shown_as_odds_ratios_and_coloured_on_its_own_scale(cells):
    found = cell(cells, "praise", "adherence")
    assert found["estimate"] == pytest.approx(math.exp(found["coefficient"]))
    assert found["ci_low"] < found["estimate"] < found["ci_high"]
    # The marginal odds ratio stands beside the conditional one, and is no other thing's column.
    assert found["marginal"] == pytest.approx(math.exp(0.8 * found["coefficient"]))
    assert found["marginal_low"] < found["marginal"] < found["marginal_high"]
    assert cell(cells, "praise", "humanness")["marginal"] is None
    for is_ratio in (True, False):
        strongest = cells.filter(part="within", is_ratio=is_ratio)["strength"].max()
        assert strongest == pytest.approx(1.0)


def test_colour_is_symmetric_about_no_association(con):
    rows = [
        result_fixture.coefficient(name, "within", size, 0.001, 0.001)
        for name, size in (("praise", 0.08), ("reminder", -0.08), ("tunnel", 0.04))
    ]
    made = cells_of(con, [result_fixture.result("humanness", coefficients=tuple(rows))])
    up, down, half = (cell(made, name, "humanness") for name in ("praise", "reminder", "tunnel"))
    assert up["strength"] == down["strength"] == pytest.approx(2 * half["strength"])
    assert up["reach"] == pytest.approx(-down["reach"])
    found = buttons(effect_map.view(made))
    assert "is-high" in found["praise", "humanness"]["className"]
    assert "is-low" in found["reminder", "humanness"]["className"]
    # The sign is in the text too, for who does not see the colour.
    assert text(found["praise", "humanness"]["children"]).startswith("+0.080")
    assert text(found["reminder", "humanness"]["children"]).startswith("\u22120.080")


def test_an_interval_that_includes_nothing_is_pale_and_a_notable_one_is_marked(con):
    rows = (
        result_fixture.coefficient("praise", "within", 0.08, 0.1, 0.4),
        result_fixture.coefficient("reminder", "within", 0.08, 0.01, 0.001),
    )
    made = cells_of(con, [result_fixture.result("humanness", coefficients=rows)])
    found = buttons(effect_map.view(made))
    assert "is-faint" in found["praise", "humanness"]["className"]
    assert "●" not in text(found["praise", "humanness"]["children"])
    assert "is-faint" not in found["reminder", "humanness"]["className"]
    assert "●" in text(found["reminder", "humanness"]["children"])


def test_hypothesised_links_are_outlined_and_said(cells):
    found = buttons(effect_map.view(cells))
    outlined = {key for key, props in found.items() if "is-hypothesised" in props["className"]}
    assert outlined == {("praise", "humanness"), ("tunnel", "progression")}
    assert "The study expects this link" in found["praise", "humanness"]["aria-label"]


def test_the_map_is_a_table_with_heads_and_pressed_buttons(cells):
    found = buttons(effect_map.view(cells))
    pressed = [key for key, props in found.items() if props["aria-pressed"] == "true"]
    assert pressed == [("praise", "humanness")]
    heads = json.dumps(drawn(effect_map.view(cells)))
    for scope in ("col", "colgroup", "row", "rowgroup"):
        assert f'"scope": "{scope}"' in heads


def test_frames_are_not_modified(con):
    found = effects(result_fixture.all_results(), NAMES)
    before = found.clone()
    viewer = local_viewer()
    grid(
        found,
        reads.feature_catalogue(con, viewer),
        alliance_reads.dimension_measures(con, viewer),
        reads.hypothesised_links(con, viewer),
    )
    assert found.equals(before)


def test_the_first_cell_is_an_expected_link_with_an_estimate(cells):
    assert chosen_cell(cells, None, "progression") == ("tunnel", "progression")
    assert chosen_cell(cells, "stories", "use") == ("stories", "use")
    assert chosen_cell(cells, "nonsense", "nonsense") == ("praise", "humanness")
    assert chosen_cell(cells.clear(), None, None) is None


def test_presets_are_not_mixed():
    one = result_fixture.result("humanness", preset_id="a")
    two = result_fixture.result("humanness", preset_id="b")
    assert of_preset([two, one], None) == [one]
    assert of_preset([two, one], "b") == [two]
    assert of_preset([], "b") == []


def detail(cells, outcome="humanness", feature="praise", **changes):
    rows = cells.filter(feature_id=feature, outcome=outcome)
    return effect_detail.lines(rows, result_fixture.result(outcome, **changes))


def values(lines, section):
    return dict(lines.filter(section=section).select("label", "value").iter_rows())


def test_detail_has_both_parts_the_model_and_what_was_lost(cells):
    lines = detail(cells)
    assert {"within", "between", "model", "rows lost", "warnings", "checks"} <= set(
        lines["section"]
    )
    assert "166 rows of 28 participants" in values(lines, "model")["Analysed"]
    assert values(lines, "model")["Formula"].startswith("score ~")
    assert (
        values(lines, "model")["Adjustment"] == "Benjamini-Hochberg over 24 tests (the whole map)"
    )
    assert "4 rows of 3 participants" in values(lines, "rows lost").values()
    drawn(effect_detail.view(lines))


def test_detail_says_which_odds_ratio_is_conditional_and_which_marginal(cells):
    numbers = values(detail(cells, outcome="adherence"), "within")
    row = cell(cells, "praise", "adherence")
    assert numbers[effect_detail.CONDITIONAL].startswith(f"{row['estimate']:.2f} (")
    assert numbers[effect_detail.MARGINAL].startswith(f"{row['marginal']:.2f} (")
    assert "conditional odds ratio" in values(detail(cells, outcome="adherence"), "reading")[""]
    assert (
        "averaged over the population"
        in values(detail(cells, outcome="adherence"), "which ratio")[""]
    )
    assert effect_detail.MARGINAL not in values(detail(cells), "within")
    assert values(detail(cells), "which ratio") == {}


def test_the_marginal_odds_ratio_is_that_of_gee_where_there_is_no_other(con):
    gee = Opinion("within:praise", "gee", 0.5, 0.1, 0.3, 0.7)
    made = cells_of(con, [result_fixture.result("adherence", opinions=(gee,))])
    assert cell(made, "praise", "adherence")["marginal"] == pytest.approx(math.exp(0.5))
    assert cell(made, "reminder", "adherence")["marginal"] is None


def test_detail_of_a_withheld_cell_has_the_reason_and_leads_to_the_model(cells):
    lines = detail(cells, outcome="flexibility", **result_fixture.FAILED)
    assert "Converged" in values(lines, "within")["Withheld"]
    assert not {"Scale points", "p"} & set(values(lines, "within"))
    assert values(lines, "checks")["Converged"].startswith("failed: ")
    assert values(lines, "checks")["Residuals are normal"].startswith("note: ")
    shown = json.dumps(drawn(effect_detail.view(lines)))
    assert '"href": "/models?model=alliance.flexibility&feature=praise"' in shown


def test_words_claim_an_effect_only_where_exposure_was_randomised(con):
    for is_randomised, phrase in (
        (False, "association, not an effect"),
        (True, "is an effect: exp"),
    ):
        results = [result_fixture.result("humanness", is_randomised=is_randomised)]
        row = cell(cells_of(con, results), "praise", "humanness")
        assert phrase in effect_detail.sentence(row)


def test_detail_of_a_cell_without_a_number_gives_the_reason(cells):
    lines = detail(cells, feature="companion")
    assert "no number" in values(lines, "reading")[""]
    assert "Everyone has" in values(lines, "within")["Not estimable"]


def forest_rows(cells, outcome="humanness"):
    return cells.filter(outcome=outcome)


def test_forest_has_within_and_between_and_words_for_what_has_no_number(cells):
    within, between, blank = figures.forest(forest_rows(cells))["data"]
    assert len(within["x"]) == len(between["x"]) == 5
    assert within["marker"]["symbol"] != between["marker"]["symbol"]
    assert blank["mode"] == "text"
    assert [line.strip() for line in blank["text"]] == ["not estimable"]
    assert len(figures.forest(forest_rows(cells))["layout"]["yaxis"]["ticktext"]) == 6


def test_forest_says_which_part_has_no_number(cells):
    between = (pl.col("feature_id") == "praise") & (pl.col("part") == "between")
    frame = forest_rows(cells).with_columns(
        state=pl.when(between).then(pl.lit("not_estimable")).otherwise("state")
    )
    words = [line.strip() for line in figures.forest(frame)["data"][2]["text"]]
    assert sorted(words) == ["between: not estimable", "not estimable"]
    assert len(figures.forest(frame)["data"][1]["x"]) == 4


def test_forest_of_odds_ratios_is_logarithmic_about_one(cells):
    figure = figures.forest(forest_rows(cells, "adherence"))
    assert figure["layout"]["xaxis"]["type"] == "log"
    assert figure["layout"]["shapes"][0]["x0"] == 1.0


def test_forest_without_an_estimate_says_so_and_modifies_nothing(cells):
    frame = forest_rows(cells, "use")
    before = frame.clone()
    assert figures.forest(frame)["data"] == []
    assert frame.equals(before)
    withheld = figures.forest(forest_rows(cells, "flexibility"))
    assert withheld["data"] == []
    assert "Withheld" in withheld["layout"]["annotations"][0]["text"]
    assert figures.forest(frame.clear())["layout"]["annotations"]
