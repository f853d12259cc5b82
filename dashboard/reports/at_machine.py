"""Reports made at the command line: who is taken to look, and where the files go.

Whoever runs a command at the machine has the open data at hand; a report is for others. So it is
made as the role that it is for would see it, of the masked edition, and shows arms only where that
is asked for. Where there are accounts, somebody who may know the arms then gives their password:
not because the files could not be read without it, but so that the log says who it was.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

from access import accounts, audit, unmasking
from access.accounts import Account
from access.commands.opening import signed_in_as
from access.gate import smallest_cell
from access.state.store import State, open_if_kept
from access.viewer import Viewer
from dashboard import gate
from dashboard.context import Context
from dashboard.factory import PAGES
from dashboard.reports.contents import REPORTS
from dashboard.reports.drawing import Drawer, drawer
from dashboard.reports.gather import Panels
from dashboard.reports.making import Format, Made, as_written_down, make
from dashboard.reports.outline import Report
from queries.facts import filter_choices
from queries.filters import Filters
from study.definition import Study
from study.errors import UserError
from warehouse.reader import LEAST_ARMS, EditionReader
from warehouse.workspace import Workspace


@dataclass(frozen=True)
class Order:
    """What is asked for: an address's query string, a place, and formats."""

    search: str
    out: Path
    formats: tuple[Format, ...]


def print_reports(
    study: Study,
    workspace: Workspace,
    order: Order,
    names: Iterable[str],
    *,
    is_open: bool,
    account: str | None,
    from_stdin: bool,
) -> Iterator[Path]:
    """Make the reports of these names, and give each file's path when it is written.

    Raises
    ------
    UserError
        If somebody has to say who they are, the edition was not built, a filter names nothing, or
        a file cannot be written.
    """
    reports = [REPORTS[name] for name in names]
    shows_arms = len(study.arms) >= LEAST_ARMS and (
        is_open or any(report.edition == "open" for report in reports)
    )
    n_files = len(reports) * len(order.formats)
    state = open_if_kept(workspace)
    try:
        who = _who(study, state, shows_arms=shows_arms, account=account, from_stdin=from_stdin)
        reader, draws, every = EditionReader(workspace), drawer(), _every_panel()
        for report in reports:
            context = _context(report, study, workspace, reader, order, is_open=is_open)
            _refuse_unknown(context, order.search)
            for kind in order.formats:
                made = _made(report, context, every, order, kind, draws)
                path = _written(made, kind, order, n=n_files)
                if state is not None:
                    what = as_written_down(report, kind, made.asked)
                    audit.record(state, account=who, action="report", what=what)
                yield path
    finally:
        if state is not None:
            state.close()


def _every_panel() -> Panels:
    return {panel.id: panel for page in PAGES for panel in page.PANELS}


def _context(
    report: Report,
    study: Study,
    workspace: Workspace,
    reader: EditionReader,
    order: Order,
    *,
    is_open: bool,
) -> Context:
    viewer = _viewer(report, study, order, is_open=is_open)
    return Context(study, reader, lambda: viewer, workspace.results)


def _made(
    report: Report, context: Context, every: Panels, order: Order, kind: Format, draws: Drawer
) -> Made:
    try:
        return make(report, context, every, order.search, kind, draws, datetime.now(UTC))
    except gate.NotThereError as error:
        who = ", ".join(_participants(order))
        about = f"There is no participant {who} in" if who else "There is nothing to report in"
        raise UserError(f"{about} the build that this report is made of.") from error


def _who(
    study: Study,
    state: State | None,
    *,
    shows_arms: bool,
    account: str | None,
    from_stdin: bool,
) -> str:
    """Who makes the reports, for the log.

    Raises
    ------
    UserError
        If arms are shown, there are accounts, and nobody who may know them gave a password.
    """
    if state is None or not accounts.has_accounts(state):
        if account is not None:
            raise UserError("--as names an account, and there are none here: leave it out.")
        return audit.at_command_line()
    if account is None:
        if shows_arms:
            raise UserError(
                "This shows arms, and there are accounts here: say who makes it with --as NAME, an "
                "unblinded statistician. Without arms: rapport report dmc --open, or leave "
                "--open-arms out."
            )
        return audit.at_command_line()
    found = signed_in_as(state, account, from_stdin=from_stdin)
    if shows_arms and not _may_know_arms(found, study, state):
        raise UserError(f"{found.name} may not know the arms: their role is {found.role!r}.")
    return found.name


def _may_know_arms(account: Account, study: Study, state: State) -> bool:
    viewer = accounts.viewer_of(account, study.privacy, unmasking.is_study_unmasked(state))
    return viewer.edition == "open"


def _viewer(report: Report, study: Study, order: Order, *, is_open: bool) -> Viewer:
    """As whom a report is made: the role that it is for, without limits of site."""
    privacy = study.privacy
    smallest = smallest_cell(
        report.role, shared=privacy.smallest_cell, team=privacy.smallest_cell_team
    )
    return Viewer(
        account=audit.at_command_line(),
        role=report.role,
        participants=frozenset(_participants(order)) if "participant" in report.needs else None,
        edition=report.edition or ("open" if is_open else "masked"),
        smallest_cell=smallest,
    )


def _participants(order: Order) -> list[str]:
    return parse_qs(order.search.lstrip("?")).get("participant", [])


def _refuse_unknown(context: Context, search: str) -> None:
    """Refuse a filter that names nothing: it would give a report of nobody.

    Raises
    ------
    UserError
        With what there is.
    """
    filters, viewer = Filters.parse(search), context.viewer()
    if filters.arms is not None and viewer.is_masked:
        raise UserError("This report does not show arms, so none can be chosen.")
    offered = filter_choices(context.cursor(), viewer)
    asked = {"site": filters.sites, "arm": filters.arms, "cohort": filters.cohorts}
    for kind, names in asked.items():
        known = offered.filter(kind=kind)["choice"].to_list()
        for name in names or ():
            if name not in known:
                raise UserError(f"There is no {kind} {name!r}. There are: {', '.join(known)}.")


def _written(made: Made, kind: Format, order: Order, *, n: int) -> Path:
    """Write one file.

    Raises
    ------
    UserError
        If the name does not fit what is made, or cannot be written.
    """
    path = _place(made, kind, order.out, n=n)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made.html.encode() if made.pdf is None else made.pdf)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}.") from error
    return path


def _place(made: Made, kind: Format, out: Path, *, n: int) -> Path:
    if out.suffix not in {".html", ".pdf"}:
        return out / f"{made.name}.{kind}"
    if n > 1:
        raise UserError(f"--out {out} is one file, and there are {n}: name a folder.")
    if out.suffix != f".{kind}":
        raise UserError(f"--out {out} does not end in .{kind}, which is what --format asks for.")
    return out
