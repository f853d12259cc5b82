"""What `rapport id`, `rapport rekey` and `rapport erase` say, and what they ask before."""

from collections.abc import Sequence

import typer
from rich.console import Console
from rich.markup import escape

from access.audit import AuditAction, at_command_line, record_if_kept
from etl.console import console
from etl.identity.erased_from_state import forget_erased
from etl.identity.erasure import begin_erasure, find_people
from etl.identity.finish import finish
from etl.identity.identities import Identities, load_identities
from etl.identity.key import key_path
from etl.identity.people import Person, candidates, check_source, owner_of, shown_names
from etl.identity.pseudonym import as_written
from etl.identity.rekey import REKEY, begin_rekey
from etl.identity.tombstones import read_tombstones
from etl.own_lake import require_none
from etl.pipeline import fit_all, tell_load
from study.definition import Study
from study.errors import UserError
from warehouse.workspace import Workspace

EXPORTS_STAY = (
    "The exports themselves are the team's: Rapport did not touch them. Take the participant out "
    "of them too, out of copies and backups, and out of tables that were exported before."
)


def show_names(
    study: Study, workspace: Workspace, typed: Sequence[str], source_id: str | None
) -> int:
    """Print what the raw tables and pages call the participant of each id.

    The exit code is 1 where nobody of an id is in the build that is served.
    """
    check_source(study, source_id)
    identities = load_identities(study, workspace)
    shown = shown_names(workspace)
    is_lacking = False
    for text in typed:
        names = [identities.kept(one) for one in candidates(identities, text, source_id)]
        # A device's id stands for its participant, and could be somebody's own: who is there?
        there = [one for one in names if one in shown]
        for name in there:
            typer.echo(f"{text}\t{name}")
        if not there:
            is_lacking = True
            typer.echo(f"rapport: {_nobody(identities, text, names)}", err=True)
    return 1 if is_lacking else 0


def _nobody(identities: Identities, text: str, names: Sequence[str]) -> str:
    written = as_written(text) if identities.is_keyed else None
    if written is not None:
        return f"{text} is a pseudonym itself. To see whose it is: rapport id --reverse {written}"
    said = (
        f"Nobody was loaded whose id is {text.strip()!r}. Ids are compared letter by letter, upper "
        "and lower case apart. If the export came after the last load, run: rapport load"
    )
    if not identities.is_keyed:
        return said
    return f"{said}\nThe pseudonym would be {' or '.join(names)}."


def show_owners(study: Study, workspace: Workspace, typed: Sequence[str]) -> int:
    """Print the id behind each pseudonym; the exit code is 1 where one is in no export."""
    if study.privacy.participant_ids != "keyed":
        raise UserError(
            "This study keeps participants' ids as they are given: what the pages call them is "
            "their id."
        )
    identities = load_identities(study, workspace)
    missing = 0
    for text in typed:
        name = as_written(text)
        if name is None:
            raise UserError(
                f"{text!r} is no pseudonym. One is p- and ten letters and digits, such as "
                "p-0a1b2c3d4e."
            )
        owner = owner_of(study, identities, name)
        missing += owner is None
        typer.echo(f"{name}\t{owner if owner is not None else 'in none of the exports on disk'}")
    return 1 if missing else 0


def run_erase(
    study: Study,
    workspace: Workspace,
    typed: Sequence[str],
    *,
    source_id: str | None,
    reason: str,
    is_agreed: bool,
    fit_models: bool,
) -> int:
    """Ask, erase, and make everything else anew."""
    out = console()
    require_none(workspace, "rapport erase")
    people = find_people(study, workspace, typed, source_id)
    for person in people:
        out.print(escape(_loss(person)))
    out.print(
        "They are taken out of the raw tables for good. All builds and saved results are deleted "
        "and made anew. A later load of the same exports will not bring them back."
    )
    if not is_agreed:
        typer.confirm("Erase?", abort=True)
    begin_erasure(study, workspace, people, reason)
    _log(workspace, "erased", _count(len(people), "participant"), reason or None)
    _finish(out, study, workspace, fit_models=fit_models)
    out.print(f"Erased: {_count(len(people), 'participant')}.")
    out.print(EXPORTS_STAY)
    return 0


def run_rekey(study: Study, workspace: Workspace, *, is_agreed: bool, fit_models: bool) -> int:
    """Ask, make a new key, and read everything anew under it."""
    out = console()
    require_none(workspace, "rapport rekey")
    out.print(
        "Every participant gets another pseudonym. All exports are read anew; all builds and saved "
        "results are deleted and made anew. Pseudonyms noted elsewhere then fit nobody."
    )
    if not is_agreed:
        typer.confirm("Make a new key?", abort=True)
    begin_rekey(study, workspace)
    _log(workspace, "definition_changed", "a new key: everybody has another pseudonym")
    code = _finish(out, study, workspace, fit_models=fit_models)
    out.print(escape(f"The new key is {key_path(workspace)}. Keep a copy apart from the data."))
    return code


def finish_unfinished(study: Study, workspace: Workspace) -> None:
    """Finish what a killed `erase` or `rekey` left, before anything else is done or shown."""
    unfinished = read_tombstones(workspace).unfinished
    if unfinished is None:
        return
    out = console()
    what = "a new key" if unfinished.startswith(REKEY) else "an erasure"
    out.print(f"{what.capitalize()} was interrupted before its end. It is finished first.")
    if not unfinished.startswith(REKEY):
        _log(workspace, "erased", "an erasure that was interrupted is finished")
    _finish(out, study, workspace, fit_models=False)
    out.print("Finished. Saved results were deleted: run rapport fit for new ones.")


def _log(workspace: Workspace, action: AuditAction, what: str, why: str | None = None) -> None:
    record_if_kept(workspace, account=at_command_line(), action=action, what=what, why=why)


def _finish(out: Console, study: Study, workspace: Workspace, *, fit_models: bool) -> int:
    forget_erased(workspace)
    with out.status("Making raw tables and pages anew"):
        outcome, built = finish(study, workspace)
    if outcome is not None:
        tell_load(out, outcome)
    out.print(f"Built {built.build_id} in {built.seconds:.1f} s; the dashboard shows it from now.")
    if fit_models:
        fit_all(study, workspace)
    return outcome.exit_code if outcome is not None else 0


def _loss(person: Person) -> str:
    held = person.held
    shown = f"{person.typed} ({person.name})" if person.typed != person.name else person.name
    return (
        f"{shown}: {_count(held.n_events, 'event')}, {_count(held.n_answers, 'answer')}, "
        f"{_count(held.n_roster, 'roster row')}, {_count(held.n_rejected, 'refused row')}."
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
