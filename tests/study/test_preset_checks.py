"""Models and covariates of a study file: what they may say, and what they are fitted for."""

import pytest

from study.outcomes import has_site_levels, outcomes, presets

SCALES = """
[dimensions]
flexibility = { scales = ["trust.total"] }
meaningfulness = { scales = ["trust.total"] }
alliance = { scales = ["trust.total"] }
"""
FEATURES = """
[[features]]
id = "praise"
label = "Praise"
principle = "praise"
[features.stages]
seen = { event = "praise" }
[[features]]
id = "plan"
label = "Plan"
principle = "personalization"
[features.stages]
seen = { event = "plan" }
[[features]]
id = "banner"
label = "Banner"
principle = "trustworthiness"
always_on = true
"""
USE = """
[intended_use]
justification = "Protocol."
done = "done"
sessions = { everyone = [1, 1] }
"""
COVARIATES = """
[[covariates]]
id = "age"
label = "Age in years"
kind = "number"
"""


@pytest.fixture
def whole(part):
    """A study with features, dimensions, intended use and a covariate, and a model of these keys."""
    roster = part["roster"] + 'arm = "group"\ncovariates = { age = "years" }\n'
    arms = '[[arms]]\nid = "a"\nlabel = "A"\nmasked_label = "G"\n'
    base = (part["least"], roster, part["scale"], arms, SCALES, FEATURES, USE, COVARIATES)

    def pieces(keys="", **replaced):
        model = f'[[models]]\nid = "m"\n{keys}\n'
        texts = [*base, model]
        for old, new in replaced.values():
            assert any(old in text for text in texts)
            texts = [text.replace(old, new) for text in texts]
        return texts

    return pieces


def test_a_model_without_any_option_is_the_map_as_it_ever_was(load, whole):
    study = load(*whole())
    (preset,) = presets(study)
    assert (preset.window_days, preset.lag_days, preset.transform) == (7, 0, "count")
    assert (preset.standardise, preset.features, preset.covariates) == (False, (), ())
    assert (preset.family, preset.df, preset.moderator) == ("exploratory", "satterthwaite", None)
    assert outcomes(study, preset) == ("flexibility", "meaningfulness", "alliance", "adherence")


def test_a_study_without_models_has_one_preset(load, part):
    study = load(part["least"])
    assert [preset.id for preset in presets(study)] == ["alliance"]
    assert outcomes(study, presets(study)[0]) == ()


def test_every_option_at_once(load, whole):
    study = load(
        *whole(
            """
            outcome = "meaningfulness"
            window_days = 14
            lag_days = 3
            transform = "log1p"
            standardise = true
            features = ["praise", "plan"]
            covariates = ["age"]
            moderator = "flexibility"
            moderated = ["plan"]
            family = "confirmatory"
            hypotheses = ["plan"]
            df = "kr"
            site = false
            """
        )
    )
    (preset,) = study.models
    assert outcomes(study, preset) == ("meaningfulness",)
    assert (preset.lag_days, preset.moderated, preset.hypotheses) == (3, ("plan",), ("plan",))


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ('outcome = "flexibility"', ("flexibility",)),
        ('outcome = "adherence"', ("adherence",)),
        ('family = "confirmatory"\nhypotheses = ["plan"]', ("alliance",)),
    ],
)
def test_what_a_preset_is_fitted_for(load, whole, keys, expected):
    study = load(*whole(keys))
    assert outcomes(study, study.models[0]) == expected


def test_sites_have_levels_where_there_are_five(load, whole):
    def sites(count):
        return "".join(f'[[sites]]\nid = "s{i}"\nlabel = "S{i}"\n' for i in range(count))

    def answer(count, keys=""):
        study = load(*whole(keys), sites(count))
        return has_site_levels(study, study.models[0])

    assert not answer(4)
    assert answer(5)
    assert not answer(5, "site = false")


@pytest.mark.parametrize(
    ("keys", "path", "words"),
    [
        ("lag_days = -1", "lag_days", "must be at least 0"),
        ("lag_days = 0.5", "lag_days", "not a whole number"),
        ('transform = "log"', "transform", 'Did you mean "log1p"?'),
        ('family = "confirmatry"', "family", 'Did you mean "confirmatory"?'),
        ('df = "kenward"', "df", 'Allowed: "satterthwaite", "kr"'),
        ('standardise = "yes"', "standardise", "not true or false"),
        ("standardize = true", "standardize", 'Did you mean "standardise"?'),
        ('outcome = "flexibilty"', "outcome", 'Did you mean "flexibility"?'),
        ('features = ["prase"]', "features[0]", 'Did you mean "praise"?'),
        ('features = ["plan", "plan"]', "features[1]", "listed twice"),
        ('covariates = ["agee"]', "covariates[0]", 'Did you mean "age"?'),
        ('moderator = "flexability"', "moderator", 'Did you mean "flexibility"?'),
        ('moderator = "alliance"', "moderator", "is the outcome itself"),
        ('moderated = ["plan"]', "moderated", "no effect without moderator"),
        (
            'moderator = "flexibility"\nmoderated = ["plam"]',
            "moderated[0]",
            'Did you mean "plan"?',
        ),
        (
            'moderator = "flexibility"\nmoderated = ["plan"]\nfeatures = ["praise"]',
            "moderated[0]",
            "not a feature of this model",
        ),
        ('family = "confirmatory"', "hypotheses", "is missing"),
        ('hypotheses = ["plan"]', "hypotheses", 'only for family = "confirmatory"'),
        (
            'family = "confirmatory"\nhypotheses = ["banner"]',
            "hypotheses[0]",
            "always on",
        ),
        ('outcome = "adherence"\nlag_days = 2', "lag_days", "has no effect"),
        ("site = true", "site", "needs 5 sites or more in [[sites]], and there are 0"),
    ],
)
def test_what_is_wrong_is_said_at_its_key(problems, whole, keys, path, words):
    found = problems(*whole(keys))
    assert list(found) == [f"models[0].{path}"]
    assert words in found[f"models[0].{path}"]


def test_adherence_needs_an_intended_use(problems, whole):
    found = problems(*whole('outcome = "adherence"', use=(USE, "")))
    assert list(found) == ["models[0].outcome"]
    assert "needs [intended_use]" in found["models[0].outcome"]


class TestCovariates:
    def test_a_column_for_each_and_a_covariate_for_each_column(self, problems, whole):
        unmapped = problems(*whole(column=('covariates = { age = "years" }', "")))
        assert list(unmapped) == ["covariates[0].id"]
        assert 'covariates = { age = "column" }' in unmapped["covariates[0].id"]
        misspelt = problems(*whole(column=('{ age = "years" }', '{ age = "years", agg = "x" }')))
        assert list(misspelt) == ["sources[1].roster.covariates.agg"]
        assert 'Did you mean "age"?' in misspelt["sources[1].roster.covariates.agg"]

    def test_a_column_is_not_dropped_and_not_the_arm(self, problems, whole):
        dropped = problems(*whole(), '[privacy]\ndrop = ["years"]')
        assert "also listed in privacy.drop" in dropped["sources[1].roster.covariates.age"]
        for column, words in (("group", "column of the arm"), ("person", "of the participant")):
            found = problems(*whole(column=('"years"', f'"{column}"')))
            assert words in found["sources[1].roster.covariates.age"]

    def test_kinds(self, problems, whole):
        found = problems(*whole(kind=('"number"', '"numbr"')))
        assert 'Did you mean "number"?' in found["covariates[0].kind"]
