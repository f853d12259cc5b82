"""Sources whose sections do not fit together."""

import pytest

from study.file import load_study
from study.problems import StudyFileError

LONG = 'shape = "long"\ninstrument_is = "trust"\nitem = "question"\nvalue = "answer"\n'
WIDE = 'shape = "wide"\ncolumn_pattern = "{instrument}_{item}"\n'


@pytest.mark.parametrize(
    ("old", "new", "path", "said"),
    [
        ('name_is = "click"', "", "name", "name_is"),
        ('name_is = "click"', 'name_is = "click"\nname = "n"', "name_is", "beside name"),
        ('time = "at"', "", "time", "is missing"),
        ('time = "at"', 'time = "at"\ntime_format = "epoch"', "time_format", '"epoch_s"'),
        ('time = "at"', 'time = "at"\ntime_format = "%d.%m"', "time_format", "no year"),
        ('time = "at"', 'time = "at"\ntime_format = "%Q.%Y"', "time_format", '"%Q"'),
        ('time = "at"', 'time = "at"\ntime_format = "day_offset"', "time_origin", "is missing"),
        ('time = "at"', 'time = "at"\ntime_origin = 2025-01-06', "time_origin", "no effect"),
        ('time = "at"', 'time = "at"\ntime_origin = "soon"', "time_origin", "a date such as"),
        ('time = "at"', 'time = "at"\nduplicate_of = ["tiem"]', "duplicate_of[0]", '"time"'),
        ('time = "at"', 'time = "at"\nmax_clock_skew_minutes = 5', "max_clock_skew_minutes", ""),
        ('time = "at"', 'time = "at"\nproperties = 5', "properties", "5 is not text"),
        ('time = "at"', 'time = "at"\nreceived = ""', "received", "is empty"),
    ],
)
def test_event_columns_that_cannot_be(problems, part, old, new, path, said):
    found = problems(part["small"], part["clicks"].replace(old, new))
    assert list(found) == [f"sources[0].events.{path}"]
    assert said in found[f"sources[0].events.{path}"]


@pytest.mark.parametrize(
    ("line", "path", "said"),
    [
        ('delimiter = ";;"', "delimiter", "one character"),
        ('encoding = "utf-9"', "encoding", 'Did you mean "utf-8"?'),
        ('decimal = ";"', "decimal", "Allowed"),
        ('time_zone = "Europe"', "time_zone", "is not a time zone"),
        ('format = "json"', "format", 'Did you mean "jsonl"?'),
        ('lookup = [{ path = "a.csv", on = "b", take = [] }]', "lookup[0].take", "is empty"),
    ],
)
def test_how_a_file_is_read(problems, part, line, path, said):
    found = problems(part["small"], part["clicks"].replace("participant", f"{line}\nparticipant"))
    assert list(found) == [f"sources[0].{path}"]
    assert said in found[f"sources[0].{path}"]


@pytest.mark.parametrize("time_format", ["iso", "epoch_ms", "%d/%m/%Y %H:%M", "%-d.%-m.%y"])
def test_time_formats(load, part, time_format):
    text = part["clicks"].replace("time =", f'time_format = "{time_format}"\ntime =')
    assert load(part["small"], text).sources[0].events.time_format == time_format


def test_day_offsets(load, part):
    text = part["clicks"] + 'time_format = "day_offset"\ntime_origin = 2013-10-01\n'
    assert load(part["small"], text).sources[0].events.time_origin.year == 2013


def test_a_source_has_the_section_of_its_kind(problems, part):
    found = problems(part["small"], part["clicks"].replace('kind = "events"', 'kind = "roster"'))
    assert set(found) == {"sources[0].roster", "sources[0].events"}
    assert "[sources.roster]" in found["sources[0].roster"]


def test_an_unknown_kind(problems, part):
    found = problems(part["small"], part["clicks"].replace('"events"', '"event"'))
    assert list(found) == ["sources[0].kind"]
    assert 'Did you mean "events"?' in found["sources[0].kind"]


def test_the_roster_names_arms_and_sites_that_are_listed(problems, part):
    found = problems(part["least"], part["roster"] + 'arm = "arm"\nsite = "site"\n')
    assert set(found) == {"sources[1].roster.arm", "sources[1].roster.site"}


def test_sources_have_different_ids(problems, part):
    assert list(problems(part["least"], part["clicks"])) == ["sources[1].id"]


@pytest.mark.parametrize("section", [LONG, WIDE])
def test_answers(load, part, section):
    study = load(part["least"], part["scale"], part["answers"] + section)
    assert study.sources[1].columns == study.sources[1].answers


def test_columns_of_answers_may_be_listed(load, problems, part):
    listed = 'shape = "wide"\n[sources.answers.columns]\n"How 1" = "trust.1"\n"How 2" = "trust.2"'
    assert len(
        load(part["least"], part["scale"], part["answers"] + listed).sources[1].answers.columns
    )
    wrong = listed.replace('"trust.1"', '"trst.1"').replace('"trust.2"', '"trust.9"')
    found = problems(part["least"], part["scale"], part["answers"] + wrong + '\n"How 3" = "trust"')
    path = "sources[1].answers.columns"
    assert set(found) == {f"{path}.How 1", f"{path}.How 2", f"{path}.How 3"}
    assert 'Did you mean "trust"?' in found[f"{path}.How 1"]


def test_columns_of_one_instrument_name_items_alone(load, part):
    listed = 'shape = "wide"\ninstrument_is = "trust"\ncolumns = { q1 = "1" }\n'
    assert load(part["least"], part["scale"], part["answers"] + listed).sources[1].answers


@pytest.mark.parametrize(
    ("section", "paths"),
    [
        (LONG.replace('instrument_is = "trust"\n', ""), ["instrument"]),
        (LONG.replace('item = "question"\n', ""), ["item"]),
        (LONG.replace('value = "answer"\n', ""), ["value"]),
        (LONG.replace("value", "vlaue"), ["vlaue", "value"]),
        (LONG + 'instrument = "i"\n', ["instrument_is"]),
        (LONG + 'item_is = "1"\n', ["item_is"]),
        (LONG.replace('item = "question"', 'item_is = "7"'), ["item_is"]),
        (LONG.replace('"trust"', '"trst"'), ["instrument_is"]),
        (LONG + 'column_pattern = "{item}"\n', ["column_pattern"]),
        (LONG + "add = { trst = 1 }\n", ["add.trst"]),
        (LONG + "add = { trust = 0.5 }\n", ["add.trust"]),
        (WIDE + 'value = "answer"\n', ["value"]),
        (WIDE.replace("{item}", "{itme}"), ["column_pattern"]),
        (WIDE.replace("{instrument}_", ""), ["column_pattern"]),
        (WIDE + 'columns = { a = "trust.1" }\n', ["columns"]),
        ('shape = "wide"\n', ["column_pattern"]),
        ('shape = "broad"\n', ["shape"]),
    ],
)
def test_answer_columns_that_cannot_be(problems, part, section, paths):
    found = problems(part["least"], part["scale"], part["answers"] + section)
    assert set(found) == {f"sources[1].answers.{path}" for path in paths}


def test_a_mistyped_format_is_one_problem(tmp_path):
    file = tmp_path / "study.toml"
    file.write_text(
        'schema = 1\n[study]\nid = "s"\ntitle = "S"\n[[sources]]\nid = "a"\nkind = "events"\n'
        'format = "amplitud"\npath = "x.json"\npersons = "p.json"\n'
        '[[sources]]\nid = "b"\nkind = "events"\npath = "y.csv"\n',
        encoding="utf-8",
    )
    with pytest.raises(StudyFileError) as caught:
        load_study(file)
    found = {one.path: one.message for one in caught.value.problems}
    assert list(found) == ["sources[0].format", "sources[1].participant", "sources[1].events"]
    assert 'Did you mean "amplitude"?' in found["sources[0].format"]
