"""What the study's calendar, features and intended use ask of each other."""

from collections import defaultdict
from collections.abc import Iterator

from study.definition import EVERYONE, Feature, IntendedUse, Study
from study.dimensions import BY_ID as DIMENSIONS
from study.problems import Problem, listed, repeated, repeated_ids, show, unknown
from study.psd import BY_ID as PRINCIPLES

SHARES = ("share_done", "weeks_active", "persistent")


def problems(study: Study) -> Iterator[Problem]:
    """Everything about the protocol's sections that their types alone cannot say."""
    yield from _calendar(study)
    for name in ("arms", "sites", "features", "adherence", "variants"):
        yield from repeated_ids(name, (part.id for part in getattr(study, name)))
    for index, arm in enumerate(study.arms):
        if arm.id == EVERYONE:
            yield Problem(
                f"arms[{index}].id",
                f"{show(EVERYONE)} has its own meaning in intended_use.sessions.",
            )
    for index, feature in enumerate(study.features):
        yield from _feature(feature, f"features[{index}]")
    yield from _hypotheses(study)
    if study.intended_use is not None:
        yield from _intended_use(study, study.intended_use)
    yield from _adherence(study)
    yield from _recruitment(study)
    yield from _excused(study)
    yield from _variants(study)
    yield from repeated("privacy.drop", study.privacy.drop)


def _calendar(study: Study) -> Iterator[Problem]:
    calendar = study.study
    follow_up = calendar.follow_up_weeks
    if follow_up is not None and follow_up < calendar.planned_weeks:
        yield Problem(
            "study.follow_up_weeks",
            f"{follow_up} is less than planned_weeks, which is {calendar.planned_weeks}. Both "
            "count from week 0.",
        )
    chosen = "day_zero" in calendar.model_fields_set
    if chosen and calendar.day_zero == "enrolled" and not study.has_enrolment:
        yield Problem(
            "study.day_zero",
            '"enrolled" needs a source of kind "roster" whose section names the column with the '
            'day of enrolment (enrolled = ...). Add it, or use "first_event" or a date.',
            refers_to="sources",
        )


def _feature(feature: Feature, path: str) -> Iterator[Problem]:
    if feature.principle not in PRINCIPLES:
        yield unknown(f"{path}.principle", feature.principle, "a PSD principle", PRINCIPLES)
    if not feature.stages and not feature.always_on:
        yield Problem(
            f"{path}.stages",
            "is missing. Say which event shows that the feature was reached, such as "
            'seen = { event = "praise_shown" }.',
        )
    if feature.stages and feature.exposure_stage not in feature.stages:
        yield Problem(
            f"{path}.exposure_stage",
            f"{show(feature.exposure_stage)} is not among this feature's stages: "
            f"{listed(feature.stages)}.",
        )


def _hypotheses(study: Study) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for index, link in enumerate(study.hypotheses):
        path = f"hypotheses[{index}]"
        if link.principle not in PRINCIPLES:
            yield unknown(f"{path}.principle", link.principle, "a PSD principle", PRINCIPLES)
        if link.dimension not in DIMENSIONS:
            yield unknown(f"{path}.dimension", link.dimension, "a dimension", DIMENSIONS)
        if (link.principle, link.dimension) in seen:
            yield Problem(path, "is listed twice.")
        seen.add((link.principle, link.dimension))


def _intended_use(study: Study, intended: IntendedUse) -> Iterator[Problem]:
    path = "intended_use.sessions"
    arms = [arm.id for arm in study.arms]
    for name, weeks in intended.sessions.items():
        if name not in (*arms, EVERYONE):
            yield unknown(f"{path}.{name}", name, "an arm of this study", [*arms, EVERYONE])
        if len(weeks) > study.study.planned_weeks:
            yield Problem(
                f"{path}.{name}",
                f"has {len(weeks)} weeks, but study.planned_weeks is {study.study.planned_weeks}.",
            )
    if EVERYONE in intended.sessions:
        return
    if not arms:
        yield Problem(
            path,
            f"needs a line {EVERYONE} = [1, 1, ...], because the study file lists no arms.",
            refers_to="arms",
        )
    for name in arms:
        if name not in intended.sessions:
            message = f"is missing. Where nothing was intended for this arm, write {name} = [0]."
            yield Problem(f"{path}.{name}", message)


def _adherence(study: Study) -> Iterator[Problem]:
    for index, definition in enumerate(study.adherence):
        path = f"adherence[{index}]"
        if study.intended_use is None:
            yield Problem(
                path,
                "needs [intended_use]: without saying what was intended, and why, there is usage "
                "but no adherence. Add that section, or remove this one.",
                refers_to="intended_use",
            )
        if definition.rule in SHARES and definition.threshold > 1:
            yield Problem(
                f"{path}.threshold",
                f"{definition.threshold:g} is not a share: {definition.rule} goes from 0 to 1. "
                "Give 0.8 for 80 %.",
            )


def _recruitment(study: Study) -> Iterator[Problem]:
    plan = study.recruitment
    if plan is None:
        return
    sites = [site.id for site in study.sites]
    for key in ("sites", "opened"):
        for name in getattr(plan, key):
            if name not in sites:
                yield unknown(f"recruitment.{key}.{name}", name, "a site of this study", sites)
    total = sum(plan.sites.values())
    if total > plan.target or (set(plan.sites) == set(sites) and 0 < total < plan.target):
        yield Problem(
            "recruitment.sites", f"adds up to {total}, but recruitment.target is {plan.target}."
        )
    begun = plan.begun
    for end, name in ((plan.by, "by"), (plan.closed, "closed")):
        if begun is not None and end is not None and end < begun:
            yield Problem(f"recruitment.{name}", f"{end} is before begun, {begun}.")


def _excused(study: Study) -> Iterator[Problem]:
    sites = [site.id for site in study.sites]
    for index, days in enumerate(study.excused):
        path = f"excused[{index}]"
        if days.to_date < days.from_date:
            yield Problem(f"{path}.to", f"{days.to_date} is before from, {days.from_date}.")
        if days.site is not None and days.site not in sites:
            yield unknown(f"{path}.site", days.site, "a site of this study", sites)


def _variants(study: Study) -> Iterator[Problem]:
    features = [feature.id for feature in study.features]
    total: defaultdict[str, float] = defaultdict(float)
    for index, variant in enumerate(study.variants):
        path = f"variants[{index}]"
        total[variant.feature] += variant.probability or 0
        if variant.feature not in features:
            yield unknown(f"{path}.feature", variant.feature, "a feature of this study", features)
        if (variant.property is None) != (variant.value is None):
            missing = "value" if variant.value is None else "property"
            yield Problem(f"{path}.{missing}", "is missing: property and value belong together.")
        if variant.randomised and variant.probability is None:
            yield Problem(
                f"{path}.probability", "is missing. A randomised variant needs it, such as 0.5."
            )
        if variant.probability is not None and not variant.randomised:
            yield Problem(f"{path}.probability", "is only for randomised = true.")
        if variant.probability is not None and total[variant.feature] > 1 + 1e-9:
            yield Problem(
                f"{path}.probability",
                f"makes the probabilities of {show(variant.feature)} add up to more than 1.",
            )
