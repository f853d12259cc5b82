"""Reading a study file: what it becomes, and what is said when it cannot be read."""

import hashlib
from datetime import date

import pytest

from study.definition import Study
from study.errors import UserError
from study.file import load_study
from study.problems import StudyFileError


def test_the_least_study_file(load, part, tmp_path):
    study = load(part["least"])
    assert study.study.title == "A small study"
    assert (study.arms, study.sites, study.instruments, study.intended_use) == ((), (), (), None)
    assert study.folder == tmp_path
    assert study.digest == hashlib.sha256((tmp_path / "study.toml").read_bytes()).hexdigest()


def test_a_path_may_be_the_file_or_its_folder(load, part, tmp_path):
    assert load(part["least"]) == load_study(tmp_path / "study.toml")


def test_without_enrolment_dates_day_zero_is_the_first_event(load, part):
    assert load(part["least"]).study.day_zero == "first_event"
    assert load(part["least"], part["roster"]).study.day_zero == "enrolled"
    dated = part["least"].replace("title", "day_zero = 2025-01-06\ntitle")
    assert load(dated).study.day_zero == "2025-01-06"


def test_a_byte_order_mark_is_no_obstacle(part, tmp_path):
    (tmp_path / "study.toml").write_text(part["least"], encoding="utf-8-sig")
    assert isinstance(load_study(tmp_path), Study)


def test_items_become_text_however_they_are_written(load, part):
    listed = part["scale"].replace("items = 4\n", 'items = [1, "2", 3, 4]\nreverse = [2]\n')
    one, other = load(part["least"], part["scale"]), load(part["least"], listed)
    assert one.instruments[0].items == other.instruments[0].items == ("1", "2", "3", "4")
    assert other.instruments[0].scales[0].items == ("1", "2", "3", "4")
    assert other.instruments[0].reverse == ("2",)


def test_a_built_in_instrument_with_additions(load, part):
    study = load(
        part["least"],
        """
        [[instruments]]
        use = "dwai"
        id = "alliance"
        min_items_share = 0.8
        schedule = { weeks = [3] }
        norms = { total = { reliability = 0.85, sd = 1.1 } }
        """,
    )
    instrument = study.instruments[0]
    assert (instrument.id, instrument.min_items_share) == ("alliance", 0.8)
    assert instrument.label.startswith("Digital Working Alliance")
    assert instrument.schedule.weeks == (3,)
    assert (instrument.scale("total").reliability, instrument.scale("total").sd) == (0.85, 1.1)


@pytest.mark.parametrize(
    ("declared", "stage"),
    [
        ('acted = { event = "a" }\nseen = { event = "b" }', "seen"),
        ('acted = { event = "a" }\ndelivered = { event = "b" }', "delivered"),
        ('offered = { event = "a" }\nacted = { event = "b" }', "acted"),
        ('offered = { event = "a" }', "offered"),
    ],
)
def test_exposure_stage_without_being_said(load, part, declared, stage):
    feature = '[[features]]\nid = "f"\nlabel = "F"\nprinciple = "praise"\n[features.stages]\n'
    assert load(part["least"], feature + declared).features[0].exposure_stage == stage


def test_properties_are_compared_as_text(load, part):
    feature = (
        '[[features]]\nid = "f"\nlabel = "F"\nprinciple = "praise"\n'
        'stages = { seen = { event = "a", where = { step = 3, last = true } } }'
    )
    where = load(part["least"], feature).features[0].stages["seen"].where
    assert where == {"step": "3", "last": "true"}


def test_excused_days_are_dates(load, part):
    excused = '[[excused]]\nfrom = 2025-03-01\nto = 2025-03-03\nreason = "Outage"'
    assert load(part["least"], excused).excused[0].from_date == date(2025, 3, 1)


def test_no_file(tmp_path):
    with pytest.raises(UserError, match=r"no study file at .*rapport init"):
        load_study(tmp_path)


def test_a_syntax_error_is_shown_in_its_line(load):
    with pytest.raises(StudyFileError) as caught:
        load('[study]\nid = "small"\ntitle = A small study\n')
    message = str(caught.value)
    assert "study.toml, line 3, column 9: this is not TOML" in message
    shown, pointer = message.splitlines()[2:4]
    assert shown == "  title = A small study"
    assert pointer.index("^") == shown.index("A small")


def test_a_syntax_error_at_the_end(load):
    with pytest.raises(StudyFileError, match=r"study\.toml, line 2, column 12: this is not TOML"):
        load('[study]\nid = "small')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[study]\nid = "a"\nid = "b"', "line 3, column 9: this key has a value already"),
        ("[study]\n[privacy]\n[study]", "line 3, column 7: this section was begun already"),
    ],
)
def test_what_is_said_twice(load, text, said):
    with pytest.raises(StudyFileError, match=said):
        load(text)


def test_another_encoding(tmp_path):
    (tmp_path / "study.toml").write_bytes('[study]\ntitle = "Café"'.encode("latin-1"))
    with pytest.raises(StudyFileError, match=r"line 2: .* UTF-8"):
        load_study(tmp_path)


def test_an_empty_file(problems):
    assert set(problems("")) == {"study", "sources"}


def test_another_schema(problems, part):
    assert problems("schema = 2", part["least"]).keys() == {"schema"}


def test_an_unknown_section(problems, part):
    found = problems(part["least"], '[[instrument]]\nid = "x"', '[folder]\na = "b"')
    assert set(found) == {"instrument", "folder"}
    assert 'Did you mean "instruments"?' in found["instrument"]


def test_a_section_with_the_wrong_brackets(problems, part):
    found = problems(part["least"], '[arms]\nid = "x"', "[[privacy]]\nsmallest_cell = 5")
    assert found == {
        "arms": "is one section, but may be several. Write [[arms]] with two brackets.",
        "privacy": "is not a section. Write [privacy] on a line before it.",
    }


def test_an_unknown_key(problems, part):
    found = problems(part["least"].replace("title", 'timezone = "UTC"\ntitle'))
    assert list(found) == ["study.timezone"]
    assert 'Did you mean "time_zone"?' in found["study.timezone"]


@pytest.mark.parametrize(
    ("line", "path", "said"),
    [
        ('time_zone = "Europe/Lodnon"', "study.time_zone", 'Did you mean "Europe/London"?'),
        ('time_zone = "GMT+25"', "study.time_zone", "is not a time zone"),
        ("time_zone = 1", "study.time_zone", "1 is not text in quotes."),
        ('planned_weeks = "12"', "study.planned_weeks", '"12" is not a whole number.'),
        ("planned_weeks = true", "study.planned_weeks", "true is not a whole number."),
        ("planned_weeks = 0", "study.planned_weeks", "0 is out of range: it must be at least 1."),
        ("session_gap_minutes = 0", "study.session_gap_minutes", "it must be above 0."),
        ("session_gap_minutes = nan", "study.session_gap_minutes", "is not a number."),
        ('week_rule = "calender"', "study.week_rule", 'Did you mean "calendar"?'),
        ('day_zero = "enroled"', "study.day_zero", 'Did you mean "enrolled"?'),
        ('day_zero = "enrolled"', "study.day_zero", 'needs a source of kind "roster"'),
        ('as_of = "2025-02-30"', "study.as_of", 'Give "last_event", or a date'),
        ("follow_up_weeks = 3", "study.follow_up_weeks", "3 is less than planned_weeks"),
        ('id = "a b"', "study.id", '"a b" is not an id'),
    ],
)
def test_values_of_the_study_section(problems, part, line, path, said):
    text = part["least"]
    key = line.partition(" ")[0]
    if f"\n{key} = " in text.partition("[[")[0]:
        text = text.replace('id = "small"', line, 1)
    else:
        text = text.replace("title =", f"{line}\ntitle =", 1)
    found = problems(text)
    assert list(found) == [path]
    assert said in found[path]


def test_everything_wrong_is_said_at_once(problems, part):
    found = problems(
        part["small"].replace("title", 'time_zone = "Mars"\ntitel'),
        part["clicks"].replace("time =", "tiem ="),
        '[[arms]]\nid = "a"\nlabel = "A"\nmasked_label = "Group A"\nalocation = 2',
        '[[features]]\nid = "f"\nlabel = 3\nprinciple = "prase"\nstages = {}',
        '[[hypotheses]]\nprinciple = "praise"\ndimension = "humaness"',
        '[intended_use]\njustification = " "\ndone = "x"\nsessions = { b = [1] }',
    )
    assert set(found) == {
        "study.time_zone",
        "study.titel",
        "study.title",
        "sources[0].events.tiem",
        "sources[0].events.time",
        "arms[0].alocation",
        "features[0].label",
        "features[0].principle",
        "features[0].stages",
        "hypotheses[0].dimension",
        "intended_use.justification",
        "intended_use.sessions.a",
        "intended_use.sessions.b",
    }
    assert found["study.title"].startswith("is missing. Title shown on pages.")
    assert 'Did you mean "praise"?' in found["features[0].principle"]
    assert 'Did you mean "humanness"?' in found["hypotheses[0].dimension"]


def test_problems_stand_in_the_order_of_the_file(problems, part):
    found = problems(
        '[[hypotheses]]\nprinciple = "prase"\ndimension = "use"',
        part["least"].replace("title", 'time_zone = "Mars"\ntitle').replace('"at"', "1"),
        '[[hypotheses]]\nprinciple = 1\ndimension = "use"',
    )
    assert list(found) == [
        "hypotheses[0].principle",
        "hypotheses[1].principle",
        "study.time_zone",
        "sources[0].events.time",
    ]


def test_what_refers_to_a_section_with_errors_of_its_own_is_not_blamed(problems, part):
    broken = part["scale"].replace("high = 5", 'high = "five"')
    found = problems(
        part["least"],
        broken,
        part["scale"].replace('"trust"', '"other"').replace("[1, 2, 3, 4]", "[1, 2, 3, 9]"),
        '[dimensions]\nalliance = { scales = ["trust.total", "other.totle"] }',
    )
    assert set(found) == {
        "instruments[0].high",
        "instruments[1].scales[0].items[3]",
        "dimensions.alliance.scales[1]",
    }


def test_the_message_names_sections_by_their_id(load, part):
    with pytest.raises(StudyFileError, match=r'sources\[0\]\.path \("clicks"\): is missing'):
        load(part["least"].replace('path = "clicks.csv"', ""))
