"""The editions for masked viewers: builds and results of their own, made of the same raw tables.

A masked viewer never reads a file that holds an arm, so no read can give away what is not in its
file. The open build comes first: from it and the raw tables follows what only some arms have.
"""

import shutil
from collections.abc import Collection
from dataclasses import replace
from functools import partial
from pathlib import Path

from etl.analyses.run import analyse
from etl.build import BuildOutcome, build
from etl.build_steps import Progress
from etl.dealing import deal_arms
from etl.edition_names import EDITIONS, made_editions
from etl.engines.duckdb import DUCKDB
from etl.engines.engine import EngineChoice
from etl.feature_definitions import keep_definitions
from etl.fit import fit
from etl.flags import keep_flags
from etl.telling import find_telling, lengths_tell, notes_of_outcomes, notes_of_people
from models import store
from queries import sqlfile
from study.blinding import EditionName, MaskedStudy, masked_study, needs_masking
from study.definition import Study
from warehouse.publish import current_mart
from warehouse.reader import MartReader
from warehouse.renewal import remove_builds_but
from warehouse.workspace import Workspace

HIDES_LENGTHS = "hides-lengths"
"""File in an edition's folder: how long sessions take told the arm once."""


def edition_study(study: Study, workspace: Workspace, name: EditionName) -> MaskedStudy:
    """The study that an edition is built from, by what the open build shows of the arms.

    Once the lengths of sessions told the arm they stay hidden.

    Raises
    ------
    UserError
        If there is no open build, or participants' ids go along with the arm.
    """
    kept, telling = find_telling(study, workspace)
    is_noted = (workspace.edition(name).root / HIDES_LENGTHS).exists()
    telling = replace(telling, has_telling_lengths=is_noted)
    dealt: tuple[tuple[str, str], ...] = ()
    if name == "scrambled":
        people = sqlfile.load("editions/people_by_arm.sql").fetch(MartReader(workspace).cursor())
        dealt = deal_arms(study, workspace, people.drop("arm_id"))
    return masked_study(study, kept, telling, edition=name, dealt=dealt)


def make_editions(
    study: Study,
    workspace: Workspace,
    *,
    names: Collection[EditionName] = EDITIONS[:1],
    progress: Progress | None = None,
    fit_models: bool = True,
    full: bool = False,
    engine: EngineChoice = DUCKDB,
) -> list[BuildOutcome]:
    """Build, and fit, editions of the current open build.

    Parameters
    ----------
    names
        Which ones; see `wanted_editions`.
    progress
        Called before each step of each build.
    full
        Take nothing from the edition's build before.
    engine
        What computes the marts.

    Returns
    -------
    list of BuildOutcome
        One an edition; its warnings begin with what is not shown in it, for those who may know.
        None for a study without two arms: every edition is then the open build, and what was made
        of it before is deleted.

    Raises
    ------
    UserError
        If there is no open build, or participants' ids go along with the arm.
    """
    if not needs_masking(study):
        for name in made_editions(workspace):
            shutil.rmtree(workspace.edition(name).root)
        return []
    return [
        _make(study, workspace, name, progress, engine, fit_models=fit_models, full=full)
        for name in EDITIONS
        if name in names
    ]


class _LengthsTellError(Exception):
    """How long sessions are would tell the arm; the build was not published."""


def _refuse_lengths(workspace: Workspace, draft: Path) -> None:
    if lengths_tell(workspace, draft):
        raise _LengthsTellError


def _make(
    study: Study,
    workspace: Workspace,
    name: EditionName,
    progress: Progress | None,
    engine: EngineChoice,
    *,
    fit_models: bool,
    full: bool,
) -> BuildOutcome:
    place = workspace.edition(name)
    place.require_writable()
    masked = edition_study(study, workspace, name)
    try:
        # Without the lengths of sessions a later build cannot tell where to begin anew.
        outcome = build(
            masked,
            place,
            progress=progress,
            full=full or masked.hides_length,
            engine=engine,
            inspect=None if masked.hides_length else partial(_refuse_lengths, workspace),
        )
    except _LengthsTellError:
        (place.root / HIDES_LENGTHS).touch(mode=0o600)
        masked = edition_study(study, workspace, name)
        outcome = build(masked, place, progress=progress, full=True, engine=engine)
        remove_builds_but(place, outcome.path)
    keep_flags(place)
    keep_definitions(place)
    if fit_models:
        fit(masked, place)
    said = [f"The {name} edition does not show: {', '.join(masked.left_out)}."] * bool(
        masked.left_out
    )
    notes = (
        *said,
        *notes_of_people(workspace),
        *notes_of_outcomes(workspace, outcome.path),
        *outcome.warnings,
    )
    return replace(outcome, warnings=notes)


def fit_editions(study: Study, workspace: Workspace) -> None:
    """Fit the models of every edition that was built, on its current build."""
    for name in made_editions(workspace):
        place = workspace.edition(name)
        if needs_masking(study) and current_mart(place) is not None:
            fit(edition_study(study, workspace, name), place)


def analyse_editions(
    study: Study,
    workspace: Workspace,
    *,
    only: Collection[str] | None = None,
    progress: Progress | None = None,
) -> tuple[Exception, ...]:
    """Compute the analyses of every edition that was built, on its current build.

    Returns
    -------
    tuple of Exception
        What went wrong; the other analyses were computed.
    """
    faults: list[Exception] = []
    for name in made_editions(workspace):
        place = workspace.edition(name)
        if needs_masking(study) and current_mart(place) is not None:
            masked = edition_study(study, workspace, name)
            faults += analyse(masked, place, only=only, on_progress=progress).faults
    return tuple(faults)


def renew_editions(study: Study, workspace: Workspace) -> None:
    """Make every edition anew, after which nothing of what was taken out is left in any.

    Where one cannot be made, the builds and results of all of them are gone.
    """
    made = made_editions(workspace)
    try:
        for name in made:
            for outcome in make_editions(
                study, workspace, names=(name,), fit_models=False, full=True
            ):
                remove_builds_but(workspace.edition(name), outcome.path)
            store.forget_all(workspace.edition(name).results)
    except Exception:
        # Whatever went wrong: better no edition than one that still holds what was taken out. The
        # error itself goes on to whoever asked.
        for name in made:
            place = workspace.edition(name)
            if place.builds.exists():
                shutil.rmtree(place.builds)
            store.forget_all(place.results)
        raise
