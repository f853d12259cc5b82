"""`rapport report`: what a page says, as a file to hand on: HTML, PDF or both."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from study.command_line.help_text import Commands
from study.command_line.options import STUDY_HERE, StudyPath, WorkspacePath

if TYPE_CHECKING:
    from dashboard.reports.at_machine import Order
    from study.definition import Study
    from warehouse.workspace import Workspace

    Opener = Callable[[Path, Path | None], "tuple[Study, Workspace]"]

AnyFormat = Literal["html", "pdf", "both"]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder for the files, or one file's name.")]
AsFormat = Annotated[
    AnyFormat, typer.Option("--format", help="html, pdf or both; a PDF needs Chromium or Chrome.")
]
Link = Annotated[
    str, typer.Option(help="Filters and choices as in a page's address: '?site=london&to=5'.")
]
Sites = Annotated[
    list[str] | None, typer.Option("--site", help="Only this site; can be given again.")
]
Cohorts = Annotated[
    list[str] | None,
    typer.Option("--cohort", help="Only this month of enrolment, as 2025-03; can be given again."),
]
Weeks = Annotated[
    tuple[int, int] | None, typer.Option(metavar="FROM TO", help="Only these study weeks.")
]
OpenArms = Annotated[
    bool,
    typer.Option(
        "--open-arms", help="Show the true arms: the report says on every page that it does."
    ),
]
AsAccount = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="NAME",
        help="Where there are accounts: who may know the arms and makes it; asks the password.",
    ),
]
PasswordStdin = Annotated[
    bool,
    typer.Option(
        "--password-stdin", help="Read the password from standard input instead of asking."
    ),
]


def group(open_study: "Opener") -> Commands:
    """The commands; `open_study` gives a study file's study and workspace."""
    made = Commands(help="Reports to hand on, as HTML or PDF.", no_args_is_help=True)

    @made.command()
    def trial(
        study: StudyPath = STUDY_HERE,
        workspace: WorkspacePath = None,
        out: Out = Path(),
        as_format: AsFormat = "html",
        link: Link = "",
        site: Sites = None,
        cohort: Cohorts = None,
        weeks: Weeks = None,
        open_arms: OpenArms = False,
        as_account: AsAccount = None,
        password_stdin: PasswordStdin = False,
    ) -> None:
        """Make the trial team's report: recruitment, adherence, alliance and data.

        It is masked, whoever makes it, unless --open-arms says otherwise.

            rapport report trial my-study --site london --format both
        """
        order = _order(link, out, as_format, site, cohort, weeks)
        _print(
            open_study, study, workspace, order, ["trial"], open_arms, as_account, password_stdin
        )

    @made.command()
    def designer(
        study: StudyPath = STUDY_HERE,
        workspace: WorkspacePath = None,
        out: Out = Path(),
        as_format: AsFormat = "html",
        link: Link = "",
        site: Sites = None,
        cohort: Cohorts = None,
        weeks: Weeks = None,
        open_arms: OpenArms = False,
        as_account: AsAccount = None,
        password_stdin: PasswordStdin = False,
    ) -> None:
        """Make the designers' report: features, alliance, and each model with its code.

        It is masked, whoever makes it, unless --open-arms says otherwise, and withholds groups
        smaller than the study's smallest cell. One model alone: --link '?model=alliance.humanness'.

            rapport report designer my-study --format pdf
        """
        order = _order(link, out, as_format, site, cohort, weeks)
        names = ["designer"]
        _print(open_study, study, workspace, order, names, open_arms, as_account, password_stdin)

    @made.command()
    def clinician(
        participant: Annotated[
            str, typer.Option(help="Whose summary, by the name that the pages show.")
        ],
        study: StudyPath = STUDY_HERE,
        workspace: WorkspacePath = None,
        out: Out = Path(),
        as_format: AsFormat = "html",
    ) -> None:
        """Make one participant's summary for whoever treats them: no arm, no p-values.

        rapport report clinician my-study --participant p-0a1b2c3d4e --format pdf
        """
        order = _order("", out, as_format, None, None, None, participant)
        _print(open_study, study, workspace, order, ["clinician"], False, None, False)

    @made.command()
    def dmc(
        study: StudyPath = STUDY_HERE,
        workspace: WorkspacePath = None,
        out: Out = Path(),
        as_format: AsFormat = "html",
        open_only: Annotated[
            bool, typer.Option("--open", help="Only the open part, without arms.")
        ] = False,
        closed_only: Annotated[
            bool, typer.Option("--closed", help="Only the closed part, by arm.")
        ] = False,
        link: Link = "",
        site: Sites = None,
        cohort: Cohorts = None,
        weeks: Weeks = None,
        as_account: AsAccount = None,
        password_stdin: PasswordStdin = False,
    ) -> None:
        """Make the data monitoring committee's pack: an open part (masked) and a closed one.

        The open part is made of the masked edition, whoever makes it. The closed part shows arms.
        Where there are accounts, whoever makes it says by --as who they are: an unblinded
        statistician, or anybody once the study is unmasked.

            rapport report dmc my-study --format both --out pack
        """
        from study.errors import UserError

        if open_only and closed_only:
            raise UserError("--open and --closed: leave both out to make both parts.")
        names = ["dmc-open"] * (not closed_only) + ["dmc-closed"] * (not open_only)
        order = _order(link, out, as_format, site, cohort, weeks)
        _print(open_study, study, workspace, order, names, False, as_account, password_stdin)

    return made


def _order(
    link: str,
    out: Path,
    as_format: AnyFormat,
    site: list[str] | None,
    cohort: list[str] | None,
    weeks: tuple[int, int] | None,
    participant: str | None = None,
) -> "Order":
    from urllib.parse import urlencode

    from dashboard.reports.at_machine import Order

    pairs = [("site", one) for one in site or ()] + [("cohort", one) for one in cohort or ()]
    if weeks is not None:
        pairs += [("from", str(weeks[0])), ("to", str(weeks[1]))]
    if participant is not None:
        pairs.append(("participant", participant))
    _, _, asked = link.rpartition("?")
    search = "&".join(part for part in (asked, urlencode(pairs)) if part)
    if as_format == "both":
        return Order(f"?{search}", out, ("html", "pdf"))
    return Order(f"?{search}", out, (as_format,))


def _print(
    open_study: "Opener",
    study: Path,
    workspace: Path | None,
    order: "Order",
    names: list[str],
    open_arms: bool,
    as_account: str | None,
    password_stdin: bool,
) -> None:
    """Make reports and say where they are."""
    from dashboard.reports.at_machine import print_reports

    defined, place = open_study(study, workspace)
    for path in print_reports(
        defined,
        place,
        order,
        names,
        is_open=open_arms,
        account=as_account,
        from_stdin=password_stdin,
    ):
        typer.echo(f"Wrote {path}")
