"""The file: the same bytes for the same question, its facts on every page, nothing from outside."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from access.viewer import Viewer, local_viewer
from dashboard import gate
from dashboard.reports.contents import REPORTS
from dashboard.reports.drawing import DrawnInFile
from dashboard.reports.gather import filter_words, gather
from dashboard.reports.making import IncompleteError, make, reader_of
from queries.filters import Filters
from tests.dashboard.mart_fixture import example_study
from tests.dashboard.reports.conftest import EVERY, MADE

SEARCHES = {"clinician": "?participant=p004"}
TRIAL = Viewer("t", "trial", edition="masked", smallest_cell=5)


@pytest.fixture(scope="module")
def privacy():
    return example_study().privacy


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", REPORTS)
def test_the_same_question_gives_the_same_bytes_but_for_the_time(written, name):
    later = datetime(2026, 5, 6, 7, 8, tzinfo=UTC)
    first = written(name, SEARCHES.get(name, ""))
    second = written(name, SEARCHES.get(name, ""), made=later, again=True)
    assert first != second
    assert first == second.replace("6 May 2026, 07:08 UTC", "2 Jan 2026, 03:04 UTC").replace(
        "6 May 2026, 07:08 UTC".replace(",", "\\2c "), "2 Jan 2026, 03:04 UTC"
    )


@pytest.mark.parametrize("name", REPORTS)
def test_nothing_in_it_asks_a_network_and_only_its_own_scripts_may_run(written, name):
    text = written(name, SEARCHES.get(name, ""))
    outside = r"""(?:src|href)=["'](?!#|data:|https://doi\.org)[^"']"""
    body = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert re.findall(outside, body) == []
    assert "@import" not in text.split("</style>")[0]
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text).group(1)
    assert policy.startswith("default-src &#39;none&#39;")
    assert text.count("<script>") == policy.count("sha256-") == 2
    assert " onclick=" not in body


def test_every_part_has_the_facts_of_the_whole(written):
    text = written("trial", "?site=bath&from=1&to=5")
    strips = re.findall(r'<p class="strip">(.*?)</p>', text)
    assert len(strips) == text.count('<section class="view"') == len(REPORTS["trial"].views)
    fingerprint = re.search(r"SHA-256 ([0-9a-f]{64})", text).group(1)
    facts = ("build fixture", "data up to 15 Jun 2025", "filters: site: bath; weeks: 1 to 5")
    for strip in strips:
        assert all(words in strip for words in (*facts, "made 2 Jan 2026, 03:04 UTC", "Rapport"))
        assert f"data hash {fingerprint[:16]}" in strip
        assert "OPEN: CONTAINS ARMS" in strip
    # The same at the margins of printed pages.
    margins = text[text.index("@top-left { content") : text.index("</style>")]
    assert fingerprint[:16] in margins
    assert "counter(pages)" in text


def test_the_hash_is_that_of_the_numbers(context):
    def fingerprint(search):
        return gather(REPORTS["trial"], context, EVERY, search).fingerprint

    assert fingerprint("") == fingerprint("")
    assert fingerprint("?site=bath") != fingerprint("")


def test_each_answer_has_title_count_definition_and_its_chart_or_words(written):
    text = written("trial")
    articles = re.findall(r'<article class="answer is-([\w-]+)">(.*?)</article>', text, re.DOTALL)
    assert len(articles) > 15
    for name, article in articles:
        assert EVERY[name].definition[:40] in article.replace("&#39;", "'"), name
        if 'class="nothing"' not in article:
            assert re.search(r'class="caption">.*n = ', article) or name == "alliance-measures"
            assert any(mark in article for mark in ('class="chart"', 'class="content"', "<table"))


def test_figures_stand_in_the_file_in_the_order_of_their_places(written):
    text = written("trial")
    told = json.loads(
        re.search(r'id="figures" type="application/json">(.*?)</script>', text, re.DOTALL).group(1)
    )
    assert [one["id"] for one in told] == re.findall(r'<div id="(drawing-\d+)"', text)
    assert all(one["figure"]["layout"]["width"] == 760 for one in told)


def test_where_nothing_shows_it_says_why(written):
    text = written("trial", "?site=nowhere")
    assert text.count('class="nothing"') > 5
    assert "Widen the filters." in text
    assert "site: nowhere" in text


def test_a_masked_report_takes_no_choice_of_arms(written):
    asked, plain = (written("trial", search, TRIAL) for search in ("?arm=control", ""))
    assert asked == plain
    assert "<strong>MASKED</strong> All arms together" in plain
    assert "groups of" not in plain
    assert "of fewer than 5 participants are withheld" in plain


def test_long_tables_say_how_much_is_left_out(context):
    report = REPORTS["dmc-open"]
    text = make(report, context, EVERY, "", "html", DrawnInFile(), MADE).html
    for shown, of in re.findall(r"The first (\d+) of (\d+) rows\.", text):
        assert int(shown) < int(of)
    rows = [row.count("<tr>") - 1 for row in re.findall(r"<table class=.*?</table>", text, re.S)]
    assert rows
    assert max(rows) <= 120


def test_a_text_of_the_study_cannot_leave_the_place_it_stands_in(context, monkeypatch):
    rude = '</style><script>alert(1)</script> "quoted" \\ {x}'
    facts = replace(context.facts(), title=rude)
    monkeypatch.setattr(type(context), "facts", lambda self: facts)
    text = make(REPORTS["trial"], context, EVERY, "", "html", DrawnInFile(), MADE).html
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert text.count("</style>") == 1


def test_a_report_of_one_participant_needs_one(context):
    def asked(search):
        return make(REPORTS["clinician"], context, EVERY, search, "html", DrawnInFile(), MADE)

    with pytest.raises(IncompleteError, match="one participant: choose one first"):
        asked("")
    with pytest.raises(gate.NotThereError):
        asked("?participant=nobody")
    assert "p004" in asked("?participant=p004").html


def test_what_each_report_is_made_of(privacy):
    local = local_viewer()
    statistician = Viewer("s", "statistician", edition="open", smallest_cell=5)
    masked = reader_of(REPORTS["dmc-open"], statistician, privacy)
    assert (masked.edition, masked.smallest_cell) == ("masked", 5)
    assert reader_of(REPORTS["dmc-open"], local, privacy).smallest_cell == 5
    assert reader_of(REPORTS["dmc-closed"], statistician, privacy).edition == "open"
    assert reader_of(REPORTS["trial"], local, privacy) == local
    at_north = replace(TRIAL, sites=frozenset({"north"}))
    assert reader_of(REPORTS["dmc-open"], at_north, privacy).sites == {"north"}
    for name in ("dmc-closed", "designer", "clinician"):
        with pytest.raises(gate.NotThereError):
            reader_of(REPORTS[name], TRIAL, privacy)
    # Scrambled labels are no arms.
    with pytest.raises(gate.NotThereError):
        reader_of(REPORTS["dmc-closed"], replace(statistician, edition="scrambled"), privacy)


@pytest.mark.parametrize(
    ("search", "words"),
    [
        ("", "none"),
        ("?site=bath&site=london", "site: bath, london"),
        ("?to=5&dimension=use", "weeks: 0 to 5; dimension: use"),
    ],
)
def test_filters_in_words(search, words):
    assert filter_words(Filters.parse(search)) == words
