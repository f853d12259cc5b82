"""The frame around the pages: what is wired, where links go, what the server says besides."""

import json

import polars as pl
import pytest

from access.viewer import local_viewer
from dashboard import factory, filters_bar, shell
from dashboard.context import Context
from queries.filters import Filters
from study.errors import UserError
from tests.dashboard.mart_fixture import example_study

VIEWER = local_viewer()


def _ids(component) -> set[str]:
    found = set()
    for part in component._traverse():
        name = getattr(part, "id", None)
        if name is not None:
            found.add(json.dumps(name, sort_keys=True) if isinstance(name, dict) else name)
    return found


def test_every_wired_id_is_in_a_layout(app, context):
    known = _ids(factory.every_layout(context))
    for key in app.callback_map:
        for output in key.strip(".").split("..."):
            name = output.rsplit(".", 1)[0]
            # A callback without an output has a digest for a name.
            if "." not in output or "ALL" in name or "MATCH" in name:
                continue
            plain = json.dumps(json.loads(name), sort_keys=True) if name[0] == "{" else name
            assert plain in known, f"{plain} is wired but in no layout"


def test_no_id_is_used_twice(context):
    parts = list(factory.every_layout(context)._traverse())
    frames = {"url", "main"}
    names = [json.dumps(part.id, sort_keys=True) for part in parts if getattr(part, "id", None)]
    assert len(names) == len(set(names)), sorted({n for n in names if names.count(n) > 1} - frames)


@pytest.mark.parametrize("page", factory.PAGES, ids=lambda page: page.TITLE)
def test_a_page_has_one_h1_and_an_audience(page):
    headings = [part for part in page.layout()._traverse() if type(part).__name__ == "H1"]
    assert [heading.children for heading in headings] == [page.TITLE]
    assert page.AUDIENCE in shell.AUDIENCES


def test_an_unknown_path_says_so():
    view, filters = shell.show({page.PATH: page for page in factory.PAGES}, "/nowhere", VIEWER)
    assert "Not found" in str(view)
    assert filters == "is-hidden"


def test_a_page_shows_the_filters_that_it_uses():
    by_path = {page.PATH: page for page in factory.PAGES}
    assert shell.show(by_path, "/", VIEWER)[1] == "filters-bar uses-site uses-arm uses-cohort"
    assert shell.show(by_path, "/data", VIEWER)[1] == "is-hidden"


def test_the_frame_names_the_study_and_its_day(app):
    text = str(app.layout())
    assert "HARBOUR, a generated trial" in text
    assert "as of 15 Jun 2025, 21:40 UTC" in text


class NoMarts:
    build_id = None

    def cursor(self):
        raise UserError("There is no build to show yet. Run: rapport load")


def test_before_the_first_build_the_frame_still_stands(tmp_path):
    context = Context(study=example_study(), marts=NoMarts(), viewer=local_viewer, results=tmp_path)
    assert "nothing loaded yet" in str(shell.layout(context, factory.PAGES))


def test_the_server_says_how_it_is_and_sends_careful_headers(app):
    client = app.server.test_client()
    assert client.get("/health").status_code == 200
    response = client.get("/")
    assert '<html lang="en">' in response.text
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "http://" not in response.text.replace("http://www.w3.org", "")
    assert "https://" not in response.text


CHOICES = pl.DataFrame(
    [("site", "north", "North", 1), ("arm", "stop6", "STOP 6", 1)],
    schema=["kind", "choice", "label", "position"],
    orient="row",
)


@pytest.mark.parametrize(
    ("query", "named"),
    [("?site=south", ["site"]), ("?site=north&site=old&arm=x", ["site", "arm"])],
)
def test_a_link_with_choices_that_are_gone_says_so(query, named):
    said = str(filters_bar.unknown_choices(Filters.parse(query), CHOICES))
    assert " and ".join(map(repr, named)) in said
    # What the address holds is not the study's, and is not repeated.
    assert not any(text in said for text in ("south", "old"))


@pytest.mark.parametrize("query", ["", "?site=north", "?site=north&arm=stop6&from=3"])
def test_a_link_with_known_choices_says_nothing(query):
    assert filters_bar.unknown_choices(Filters.parse(query), CHOICES) is None


def test_the_address_is_looked_at_on_every_page(app):
    body = {
        "output": "filters-unknown.children",
        "outputs": {"id": "filters-unknown", "property": "children"},
        "inputs": [{"id": "url", "property": "search", "value": "?site=atlantis"}],
        "changedPropIds": ["url.search"],
        "state": [],
    }
    response = app.server.test_client().post("/_dash-update-component", json=body)
    assert "not there" in response.text
    assert "atlantis" not in response.text
