"""The marked study behind the whole dashboard, and somebody of each role signed in to it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from dash import Dash

from access import accounts
from access.accounts import Account
from access.state.store import State
from access.viewer import Role
from access.web import current
from access.web.settings import WebSettings
from dashboard.factory import create_app
from models import store
from queries.facts import filter_choices
from queries.features import feature_catalogue
from tests.access.sweep import marked_study
from tests.access.sweep.asking import Answer, Questions, Remembering, Visitor, every_answer
from tests.access.sweep.marked_study import Marked
from warehouse.reader import EditionReader

ISSUER = "https://login.example.org"
SETTINGS = WebSettings(secret_key="1" * 64)
OWN_SITE, OTHER_SITE = "north", "south"
IN_CARE = ("P002", "P015")
NOBODY = "P999"
STATISTICIAN, ADMIN = "stat", "root"
MASKED = ("trial-all", "trial-north", "designer", "clinician")
# Of roles that are asked in depth: every value of every choice.
DEEP = ("trial-all", "designer", "clinician")
EVERYBODY = (*MASKED, STATISTICIAN, ADMIN)
_DEEPEST = {"trial-all", "clinician", STATISTICIAN}


def each(names: Sequence[str]) -> pytest.MarkDecorator:
    """The test asks these accounts; those that are asked most of, of the same kinds, are exhaustive."""
    marked = [
        pytest.param(name, marks=pytest.mark.exhaustive) if name in _DEEPEST else name
        for name in names
    ]
    return pytest.mark.parametrize("name", marked)


@pytest.fixture(scope="session")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Marked:
    """Made once: loading, building and fitting both editions takes most of a minute."""
    return marked_study.make(tmp_path_factory.mktemp("marked"))


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """Accounts of every role."""
    opened = State.open(tmp_path_factory.mktemp("state") / "state.sqlite3")
    add_accounts(opened)
    yield opened
    opened.close()


def add_accounts(opened: State) -> None:
    """Somebody of each role, without passwords: their sessions are started directly."""

    def add(name: str, role: Role, **limits: Any) -> None:
        accounts.add(
            opened, name, role, password=None, issuer=ISSUER, subject=name, by="test", **limits
        )

    add("trial-all", "trial")
    add("trial-north", "trial", sites=[OWN_SITE])
    add("designer", "designer")
    add("clinician", "clinician", participants=IN_CARE)
    add(STATISTICIAN, "statistician")
    add(ADMIN, "admin")


@pytest.fixture(scope="session")
def app(marked: Marked, state: State) -> Dash:
    """The dashboard as it is served."""
    return create_app(marked.study, marked.workspace, current.viewer, state, SETTINGS)


def account(state: State, name: str) -> Account:
    found = accounts.find(state, name)
    assert found is not None
    return found


@pytest.fixture(scope="session")
def visit(app: Dash, state: State) -> Callable[[str], Visitor]:
    """Somebody of a name, signed in once."""
    visitors: dict[str, Visitor] = {}

    def of(name: str) -> Visitor:
        if name not in visitors:
            visitors[name] = Visitor(app, state, account(state, name))
        return visitors[name]

    return of


@pytest.fixture(scope="session")
def remembering(app: Dash, state: State) -> Callable[[str], Remembering]:
    """Somebody of a name who keeps the answers of panels: for tests that only read them."""
    visitors: dict[str, Remembering] = {}

    def of(name: str) -> Remembering:
        if name not in visitors:
            visitors[name] = Remembering(app, state, account(state, name))
        return visitors[name]

    return of


@pytest.fixture(scope="session")
def answers(
    remembering: Callable[[str], Remembering], questions: Callable[[str], Questions]
) -> Callable[[str], list[Answer]]:
    """Everything that somebody of a name receives, asked once."""
    kept: dict[str, list[Answer]] = {}

    def of(name: str) -> list[Answer]:
        if name not in kept:
            kept[name] = list(every_answer(remembering(name), questions(name)))
        return kept[name]

    return of


@pytest.fixture(scope="session")
def questions(marked: Marked, state: State) -> Callable[[str], Questions]:
    """What somebody of a name can choose: of the study as their edition has it."""

    def of(name: str) -> Questions:
        viewer = accounts.viewer_of(account(state, name), marked.study.privacy, unmasked=False)
        reader = EditionReader(marked.workspace)
        con = reader.cursor(viewer.edition)
        offered = filter_choices(con, viewer).select("kind", "choice").rows()
        results = store.load_all(reader.results(viewer.edition))
        catalogue = feature_catalogue(con, viewer)
        own = next(who for who, site in marked.site_of.items() if site == OWN_SITE)
        other = next(who for who, site in marked.site_of.items() if site == OTHER_SITE)
        return Questions(
            {
                "site": tuple(choice for kind, choice in offered if kind == "site")[:1],
                "arm": marked_study.ARM_IDS[:1],
                "cohort": tuple(choice for kind, choice in offered if kind == "cohort")[:1],
                "dimension": ("humanness",),
                "participant": (own, other, IN_CARE[0]),
                "split": ("arm", "site"),
                "order": ("share",),
                "model": tuple(results),
                "preset": tuple(sorted({one.preset_id for one in results.values()})),
                "feature": tuple(catalogue["feature_id"]),
                "outcome": ("humanness", "weekly_adherence"),
                "category": tuple(catalogue["category_id"].unique(maintain_order=True))[:2],
            },
            is_deep=name in DEEP,
        )

    return of
