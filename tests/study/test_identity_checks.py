"""Formats, their settings and id maps: what the study file must not say of them."""

from tests.study.conftest import CLICKS, ROSTER, SMALL

MAP = """
[[identities]]
path = "ids.csv"
participant = "person"
ids = { clicks = "app_id" }
"""
AMPLITUDE = """
[[sources]]
id = "app"
kind = "events"
format = "amplitude"
path = "*.zip"
"""


def test_a_format_brings_its_columns_and_what_is_given_goes_first(load):
    given = 'time_zone = "Europe/London"\n[sources.events]\nname_is = "tap"\n'
    source = load(SMALL, AMPLITUDE + given).sources[0]
    assert (source.participant, source.time_zone) == ("user_id", "Europe/London")
    assert (source.events.name, source.events.name_is) == (None, "tap")
    assert source.events.event_id == "uuid"


def test_a_format_holds_some_kinds_only(problems):
    wrong = AMPLITUDE.replace('"events"', '"roster"') + "[sources.roster]\n"
    assert list(problems(SMALL, wrong)) == ["sources[0].kind"]


def test_settings_of_other_formats_have_no_effect(problems):
    found = problems(SMALL, AMPLITUDE + 'persons = "p.csv"\nunfinished = "keep"\n')
    assert set(found) == {"sources[0].persons", "sources[0].unfinished"}
    assert '"posthog"' in found["sources[0].persons"]


def test_redcap_needs_its_dictionary(problems):
    text = """
[[sources]]
id = "forms"
kind = "roster"
format = "redcap"
path = "r.csv"
participant = "record_id"
[sources.roster]
"""
    assert list(problems(SMALL, text)) == ["sources[0].dictionary"]


def test_an_id_map_is_valid(load):
    study = load(SMALL, CLICKS, ROSTER + 'ids = { clicks = "app_id" }\n', MAP)
    assert study.identities[0].ids == {"clicks": "app_id"}
    assert study.privacy.participant_ids == "keyed"


def test_ids_are_of_sources_that_there_are(problems):
    found = problems(SMALL, CLICKS, ROSTER + 'ids = { click = "a", people = "b" }\n')
    assert set(found) == {"sources[1].roster.ids.click", "sources[1].roster.ids.people"}
    assert 'Did you mean "clicks"?' in found["sources[1].roster.ids.click"]


def test_a_map_is_given_once_and_not_dropped(problems):
    found = problems(SMALL, CLICKS, MAP, MAP, '[privacy]\ndrop = ["app_id"]')
    assert set(found) == {
        "identities[0].ids.clicks",
        "identities[1].ids.clicks",
    }
    assert "privacy.drop" in found["identities[0].ids.clicks"]
