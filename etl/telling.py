"""What in the data is of some arms only, or goes along with the arm, and so would tell it."""

import re
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import polars as pl
from scipy import stats

from queries import sqlfile
from study.blinding import Telling, common_weeks, masked_study
from study.blinding_tables import blinding_tables
from study.definition import Study
from study.errors import UserError
from study.tables import study_tables
from warehouse.connect import open_mart, open_raw_to_read
from warehouse.reader import MartReader
from warehouse.workspace import Workspace

LEAST_RATIO = 0.2
"""What fewer participants of an arm have than this share of the greatest share in any arm is taken
to be of some arms only."""
RARE = 1e-4
"""Something goes along with the arm where chance gives so close a link less often than this."""
TELLING_SHARE = 0.05
"""Of what participants do, only what the arms explain more of than this tells somebody's arm:
in a large trial the least difference is no chance any more."""

LENGTHS = ("mean_duration_s", "mean_events", "mean_done_s")


def find_telling(study: Study, workspace: Workspace) -> tuple[frozenset[str], Telling]:
    """Features that every arm has, and what else is of some arms only, from the open build.

    What nobody has yet is kept: there is nothing of it to be seen.

    Raises
    ------
    UserError
        If there is no build, or participants' ids go along with the arm.
    """
    con = MartReader(workspace).cursor()
    people = sqlfile.load("editions/people_by_arm.sql").fetch(con)
    _refuse_telling_ids(people)
    sizes = dict(people.group_by("arm_id").len().iter_rows())
    things = sqlfile.load("editions/things_by_arm.sql").fetch(con, use_weeks=common_weeks(study))
    uneven: dict[str, set[str]] = defaultdict(set)
    for (kind, thing, _), rows in things.group_by("kind", "thing", "part", maintain_order=True):
        if is_uneven(dict(rows.select("arm_id", "n_participants").iter_rows()), sizes):
            uneven[str(kind)].add(str(thing))
    exposures = sqlfile.load("editions/exposures_by_participant.sql").fetch(
        con, use_weeks=common_weeks(study)
    )
    uneven["feature"] |= _features_told_by_counts(people, exposures)
    covariates = sqlfile.load("editions/covariates_by_arm.sql").fetch(con)
    events, names = _events(study, workspace, sizes)
    telling = Telling(
        events=events,
        names=names,
        instruments=frozenset(uneven["instrument"]),
        covariates=frozenset(
            str(name)
            for (name,), rows in covariates.group_by("covariate_id", maintain_order=True)
            if goes_along(rows["arm_id"], _values(rows))
        ),
        variants=frozenset(uneven["variant"]),
    )
    kept = frozenset(one.id for one in study.features if one.id not in uneven["feature"])
    return kept, telling


def notes_of_people(workspace: Workspace) -> tuple[str, ...]:
    """What a masked edition cannot hide: a site or a time of enrolment that goes with the arm."""
    people = sqlfile.load("editions/people_by_arm.sql").fetch(MartReader(workspace).cursor())
    what = {"site_id": "sites", "cohort": "months of enrolment"}
    return tuple(
        f"The arms are spread unevenly over {noun}: a masked viewer can guess the arm from there."
        for column, noun in what.items()
        if needs_two(people["arm_id"]) and goes_along(people["arm_id"], people[column])
    )


def lengths_tell(workspace: Workspace, build: Path) -> bool:
    """Whether the length of sessions in a build, in time or in events, tells the arm."""
    measures = _measures(workspace, build)
    return any(tells(measures["arm_id"], measures[name]) for name in LENGTHS)


def notes_of_outcomes(workspace: Workspace, build: Path) -> tuple[str, ...]:
    """What an edition shows although it differs between arms: it is what the trial is about."""
    measures = _measures(workspace, build)
    what = {"n_sessions": "The number of sessions", "mean_alliance": "The alliance total"}
    return tuple(
        f"{noun} differs so much between the arms that a masked viewer can guess the arm of many "
        "participants from it. It is shown all the same."
        for name, noun in what.items()
        if tells(measures["arm_id"], measures[name])
    )


def _measures(workspace: Workspace, build: Path) -> pl.DataFrame:
    people = sqlfile.load("editions/people_by_arm.sql").fetch(MartReader(workspace).cursor())
    with closing(open_mart(build)) as con:
        shown = sqlfile.load("editions/measures_by_participant.sql").fetch(con)
    return shown.join(people.select("participant_id", "arm_id"), on="participant_id")


def _features_told_by_counts(people: pl.DataFrame, exposures: pl.DataFrame) -> set[str]:
    """Features that all arms have, but some so much more often that it tells the arm."""
    found = set()
    for (feature, _), rows in exposures.group_by("feature_id", "stage", maintain_order=True):
        counted = people.select("participant_id", "arm_id").join(
            rows.select("participant_id", "n_exposures"), on="participant_id", how="left"
        )
        if tells(counted["arm_id"], counted["n_exposures"].fill_null(0)):
            found.add(str(feature))
    return found


def tells(arms: pl.Series, numbers: pl.Series) -> bool:
    """Whether the arms explain more of the ranks of numbers than chance, and than a little."""
    known = numbers.is_not_null()
    n, n_arms = int(known.sum()), arms.filter(known).n_unique()
    if n <= n_arms or not goes_along(arms, numbers):
        return False
    # Epsilon squared of Kruskal and Wallis (Tomczak & Tomczak 2014), from its p-value's statistic.
    return (_kruskal(arms, numbers) - n_arms + 1) / (n - n_arms) > TELLING_SHARE


def is_uneven(counts: Mapping[str, int], sizes: Mapping[str, int]) -> bool:
    """Whether some arm has much less of a thing than another.

    Parameters
    ----------
    counts
        Participants who have it, by arm; none of an arm that is not there.
    sizes
        Participants, by arm.
    """
    shares = [counts.get(arm, 0) / size for arm, size in sizes.items() if size > 0]
    return bool(shares) and min(shares) < LEAST_RATIO * max(shares)


def goes_along(arms: pl.Series, values: pl.Series) -> bool:
    """Whether values and arms belong together more closely than by chance.

    Texts by the chi-square statistic of their table with the arms, numbers by that of Kruskal and
    Wallis. A value that is not known is a text of its own.
    """
    if values.dtype.is_numeric():
        n_arms = arms.filter(values.is_not_null()).n_unique()
        return bool(stats.chi2.sf(_kruskal(arms, values), max(n_arms - 1, 1)) < RARE)
    counted = (
        pl.DataFrame({"arm": arms, "value": values.fill_null("")})
        .group_by("arm", "value")
        .len()
        .pivot(on="arm", index="value", values="len", sort_columns=True)
        .fill_null(0)
        .drop("value")
        .to_numpy()
    )
    if min(counted.shape) < 2:
        return False
    return bool(stats.chi2_contingency(counted, correction=False).pvalue < RARE)


def _kruskal(arms: pl.Series, numbers: pl.Series) -> float:
    """The statistic of Kruskal and Wallis; 0 with one arm or one value."""
    known = pl.DataFrame({"arm": arms, "value": numbers.cast(pl.Float64)}).drop_nulls()
    groups = [rows["value"].to_numpy() for _, rows in known.group_by("arm", maintain_order=True)]
    if len(groups) < 2 or known["value"].n_unique() < 2:
        return 0.0
    return float(stats.kruskal(*groups).statistic)


def needs_two(arms: pl.Series) -> bool:
    """Whether there is more than one arm to be told."""
    return arms.n_unique() > 1


def _values(rows: pl.DataFrame) -> pl.Series:
    numbers = rows["number_value"]
    return rows["text_value"] if numbers.is_null().all() else numbers


def _events(
    study: Study, workspace: Workspace, sizes: Mapping[str, int]
) -> tuple[frozenset[str], frozenset[str]]:
    """Names of events that some arms have and others hardly, and the names of all."""
    masked = masked_study(study, frozenset(one.id for one in study.features))
    with closing(open_raw_to_read(workspace.raw_path)) as con:
        for name, frame in {**study_tables(masked), **blinding_tables(masked)}.items():
            con.from_arrow(frame.to_arrow()).create(name)
        sqlfile.load("marts/fct_use_limits.sql").create(con)
        found = sqlfile.load("editions/events_by_arm.sql").fetch(con)
    telling = frozenset(
        str(name)
        for (name,), rows in found.group_by("event_name", maintain_order=True)
        if is_uneven(dict(rows.select("arm_id", "n_participants").iter_rows()), sizes)
    )
    return telling, frozenset(found["event_name"])


def _refuse_telling_ids(people: pl.DataFrame) -> None:
    """Ids that say the arm cannot be masked, only replaced by pseudonyms."""
    if people.is_empty() or not needs_two(people["arm_id"]):
        return
    ids = people["participant_id"]
    letters = pl.Series([re.sub(r"\d+", "", one) for one in ids])
    numbers = pl.Series([float("".join(re.findall(r"\d", one))[:15] or "nan") for one in ids])
    if goes_along(people["arm_id"], letters) or goes_along(
        people["arm_id"], numbers.fill_nan(None)
    ):
        raise UserError(
            "Participants' ids go along with the arm, so whoever reads an id can guess the arm. No "
            'masked edition was made. Set participant_ids = "keyed" under [privacy] in study.toml, '
            "then run: rapport load"
        )
