"""What one section of a study file asks of another."""

import pytest

ARMS = """
[[arms]]
id = "a"
label = "A"
masked_label = "Group A"
[[arms]]
id = "b"
label = "B"
masked_label = "Group B"
"""
FEATURE = """
[[features]]
id = "badge"
label = "Badge"
principle = "rewards"
[features.stages]
seen = { event = "badge_seen" }
"""
INTENDED = """
[intended_use]
justification = "Protocol."
done = "done"
[intended_use.sessions]
a = [1, 1]
b = [1]
"""
ADHERENCE = """
[[adherence]]
id = "most"
label = "Most"
rule = "share_done"
threshold = 0.8
justification = "Because."
"""


def test_a_whole_protocol(load, part):
    study = load(part["least"], ARMS, FEATURE, INTENDED, ADHERENCE)
    assert study.intended_use.sessions == {"a": (1, 1), "b": (1,)}


@pytest.mark.parametrize(
    ("section", "pieces"),
    [("arms", ARMS), ("features", FEATURE + FEATURE), ("adherence", INTENDED + ADHERENCE * 2)],
)
def test_ids_are_unique(problems, part, section, pieces):
    text = pieces.replace('id = "b"', 'id = "a"').replace("b = [1]", "")
    arms = "" if section == "arms" else '[[arms]]\nid = "a"\nlabel = "A"\nmasked_label = "G"\n'
    found = problems(part["least"], arms, text)
    assert list(found) == [f"{section}[1].id"]
    assert f"already the id of {section}[0]" in found[f"{section}[1].id"]


def test_an_arm_cannot_be_called_everyone(problems, part):
    assert list(problems(part["least"], ARMS.replace('"b"', '"everyone"'))) == ["arms[1].id"]


def test_an_exposure_stage_has_to_be_declared(problems, part):
    text = FEATURE.replace("[features.stages]", 'exposure_stage = "acted"\n[features.stages]')
    found = problems(part["least"], text)
    assert found == {
        "features[0].exposure_stage": '"acted" is not among this feature\'s stages: "seen".'
    }


def test_a_feature_needs_stages_unless_it_is_always_on(problems, load, part):
    text = FEATURE.replace('[features.stages]\nseen = { event = "badge_seen" }', "always_on = true")
    assert load(part["least"], text).features[0].stages == {}
    assert list(problems(part["least"], text.replace("true", "false"))) == ["features[0].stages"]


def test_an_unknown_stage(problems, part):
    found = problems(part["least"], FEATURE.replace("seen =", "sene ="))
    assert any('Did you mean "seen"?' in message for message in found.values())


def test_intended_use_names_arms_of_the_study(problems, part):
    found = problems(part["least"], ARMS, INTENDED.replace("b = [1]", "bb = [1]"))
    assert set(found) == {"intended_use.sessions.bb", "intended_use.sessions.b"}
    assert "b = [0]" in found["intended_use.sessions.b"]


def test_intended_use_for_everyone(load, part):
    text = INTENDED.replace("a = [1, 1]\nb = [1]", "everyone = [1, 1]")
    assert load(part["least"], ARMS, text).intended_use
    assert load(part["least"], text).intended_use


def test_intended_use_without_arms_is_for_everyone(problems, part):
    text = INTENDED.replace("a = [1, 1]\nb = [1]", "")
    assert list(problems(part["least"], text)) == ["intended_use.sessions"]


def test_intended_use_ends_with_the_planned_weeks(problems, part):
    found = problems(part["least"], ARMS, INTENDED.replace("b = [1]", f"b = {[1] * 13}"))
    assert found == {"intended_use.sessions.b": "has 13 weeks, but study.planned_weeks is 12."}


def test_intended_use_counts_whole_sessions(problems, part):
    found = problems(part["least"], ARMS, INTENDED.replace("[1, 1]", "[1, -1]"))
    assert list(found) == ["intended_use.sessions.a[1]"]


def test_there_is_no_adherence_without_intended_use(problems, part):
    found = problems(part["least"], ADHERENCE)
    assert list(found) == ["adherence[0]"]
    assert "[intended_use]" in found["adherence[0]"]


def test_nor_without_its_justification(problems, part):
    found = problems(part["least"], ARMS, INTENDED.replace('"Protocol."', '""'), ADHERENCE)
    assert list(found) == ["intended_use.justification"]


@pytest.mark.parametrize("rule", ["share_done", "weeks_active", "persistent"])
def test_a_share_is_not_a_percentage(problems, part, rule):
    text = ADHERENCE.replace("0.8", "80").replace("share_done", rule)
    found = problems(part["least"], ARMS, INTENDED, text)
    assert list(found) == ["adherence[0].threshold"]


def test_minutes_are_no_share(load, part):
    text = ADHERENCE.replace("0.8", "80").replace("share_done", "minutes")
    assert load(part["least"], ARMS, INTENDED, text).adherence[0].threshold == 80


def test_an_unknown_rule(problems, part):
    found = problems(part["least"], ARMS, INTENDED, ADHERENCE.replace("share_done", "shared_done"))
    assert 'Did you mean "share_done"?' in found["adherence[0].rule"]


def test_excused_days(problems, part):
    days = '[[excused]]\nfrom = 2025-03-03\nto = 2025-03-01\nreason = "x"\nsite = "bth"'
    site = '[[sites]]\nid = "bath"\nlabel = "Bath"'
    found = problems(part["least"], days, site)
    assert set(found) == {"excused[0].to", "excused[0].site"}
    assert 'Did you mean "bath"?' in found["excused[0].site"]


RECRUITMENT = """
[recruitment]
target = 120
by = 2025-12-31
begun = 2025-01-06
sites = { bath = 70, london = 50 }
opened = { london = 2025-02-01 }
"""
TWO_SITES = "".join(f'[[sites]]\nid = "{one}"\nlabel = "{one}"\n' for one in ("bath", "london"))


def test_recruitment(load, problems, part):
    assert load(part["least"], TWO_SITES, RECRUITMENT).recruitment.sites["bath"] == 70
    for old, new, path, words in (
        ("bath = 70", "bth = 70", "recruitment.sites.bth", 'Did you mean "bath"?'),
        ("london = 2025", "londn = 2025", "recruitment.opened.londn", 'Did you mean "london"?'),
        ("bath = 70", "bath = 60", "recruitment.sites", "adds up to 110"),
        ("bath = 70", "bath = 71", "recruitment.sites", "adds up to 121"),
        ("by = 2025", "by = 2024", "recruitment.by", "is before begun"),
        ("by = 2025", "closed = 2024", "recruitment.closed", "is before begun"),
    ):
        found = problems(part["least"], TWO_SITES, RECRUITMENT.replace(old, new))
        assert words in found[path]


VARIANT = """
[[variants]]
id = "warm"
label = "Warm"
feature = "badge"
property = "wording"
value = "warm"
randomised = true
probability = 0.6
"""


def test_variants(load, problems, part):
    assert load(part["least"], FEATURE, VARIANT).variants[0].probability == 0.6
    found = problems(
        part["least"],
        FEATURE,
        VARIANT,
        VARIANT.replace('id = "warm"', 'id = "cold"'),
        VARIANT.replace('id = "warm"', 'id = "c"').replace("badge", "bagde"),
        VARIANT.replace('id = "warm"', 'id = "d"').replace("probability = 0.6", ""),
        VARIANT.replace('id = "warm"', 'id = "e"').replace('property = "wording"', ""),
    )
    assert set(found) == {
        "variants[1].probability",
        "variants[2].feature",
        "variants[3].probability",
        "variants[4].property",
        "variants[4].probability",
    }


def test_a_probability_is_for_what_was_randomised(problems, part):
    found = problems(part["least"], FEATURE, VARIANT.replace("randomised = true", ""))
    assert found == {"variants[0].probability": "is only for randomised = true."}


def test_a_model_needs_a_dimension_that_is_measured(problems, load, part):
    model = '[[models]]\nid = "m"\noutcome = "humanness"'
    measured = '[dimensions]\nhumanness = { scales = ["trust.total"] }'
    assert load(part["least"], part["scale"], measured, model).models[0].outcome == "humanness"
    assert list(problems(part["least"], part["scale"], model)) == ["models[0].outcome"]


def test_dimensions(problems, part):
    found = problems(
        part["least"],
        part["scale"],
        '[dimensions]\nhumanes = { scales = ["trust.total"] }\n'
        'alliance = { scales = ["trust.totl", "trust"] }\nuse = { scales = [] }',
    )
    assert set(found) == {
        "dimensions.humanes",
        "dimensions.alliance.scales[0]",
        "dimensions.alliance.scales[1]",
        "dimensions.use.scales",
    }
    assert 'Did you mean "trust.total"?' in found["dimensions.alliance.scales[0]"]


def test_a_hypothesis_is_listed_once(problems, part):
    link = '[[hypotheses]]\nprinciple = "praise"\ndimension = "use"\n'
    assert list(problems(part["least"], link * 2)) == ["hypotheses[1]"]


def test_a_column_is_not_both_read_and_dropped(problems, part):
    found = problems(part["least"], '[privacy]\ndrop = ["at", "person", "ip", "ip"]')
    assert set(found) == {"sources[0].participant", "sources[0].events.time", "privacy.drop[3]"}
