"""Help and tour: every page explains itself, the glossary is in order, stops are for their viewer."""

import re

import pytest
from dash import html

from access.roles import ROLES
from access.viewer import Viewer, local_viewer
from dashboard import about, tour
from dashboard.factory import PAGES
from dashboard.messages import TEXTS, messages
from dashboard.pages import help as help_page

PATHS = [page.PATH for page in PAGES]


def text_of(part) -> str:
    """What is read of a component."""
    if isinstance(part, str):
        return part
    children = getattr(part, "children", None)
    inside = children if isinstance(children, (list, tuple)) else [children]
    return " ".join(text_of(one) for one in inside if one is not None)


def test_every_page_explains_itself_in_three_sentences():
    assert set(messages().pages) == set(PATHS)
    for path, told in messages().pages.items():
        for sentence in told.about:
            assert re.fullmatch(r"[A-Z].*[^.]\.", sentence), (path, sentence)
            assert ". " not in sentence, (path, sentence)


def test_each_language_has_the_same_keys():
    for path in TEXTS.glob("*.toml"):
        other = messages(path.stem)
        assert other.pages.keys() == messages().pages.keys()
        assert [stop.path for stop in other.tour] == [stop.path for stop in messages().tour]
        assert len(other.glossary) == len(messages().glossary)


def test_the_glossary_is_in_order_and_says_each_word_once():
    terms = [one.term.lower() for one in messages().glossary]
    assert terms == sorted(set(terms))


def test_stops_stand_on_pages_that_exist():
    assert {stop.path for stop in messages().tour} <= set(PATHS)


@pytest.mark.parametrize("role", ROLES)
def test_a_tour_leads_through_the_pages_of_its_viewer_only(role):
    found = tour.stops(Viewer("somebody", role), PATHS)
    assert {stop.path for stop in found} <= ROLES[role].pages


def test_a_stop_shows_on_its_own_page_and_leads_on():
    stops = tour.stops(local_viewer(), PATHS)
    shown = tour.view(stops[1].path, "?site=bath&tour=2", stops)
    assert f"stop 2 of {len(stops)}" in text_of(shown)
    links = [link.href for link in shown.children[-1].children]
    assert links == [f"{stops[0].path}?tour=1", f"{stops[2].path}?tour=3", stops[1].path]
    assert tour.view(stops[0].path, "?tour=2", stops) is None


@pytest.mark.parametrize(
    "search", [None, "", "?tour=", "?tour=0", "?tour=99", "?tour=²", "?tour=-1"]
)
def test_an_address_without_a_stop_shows_none(search):
    assert tour.view("/", search, tour.stops(local_viewer(), PATHS)) is None


def test_the_last_stop_has_no_next():
    stops = tour.stops(local_viewer(), PATHS)
    last = tour.view(stops[-1].path, f"?tour={len(stops)}", stops)
    assert messages().help.tour_next not in text_of(last)


def test_whoever_has_no_stop_is_told_so():
    assert text_of(help_page.start([])) == messages().help.tour_empty


def test_sentences_stand_in_the_head_of_a_page():
    page = html.Div([html.Div([html.H1("Data")], className="page-head"), html.Div("rest")])
    shown = about.added(page, "/data")
    assert messages().pages["/data"].about[0] in text_of(shown.children[0])
    assert text_of(about.added(html.Div("rest"), "/data")) == "rest"
