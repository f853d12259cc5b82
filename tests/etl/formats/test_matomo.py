"""Matomo visit logs: actions as events, the site's clock, visits that go on, what is refused."""

import gzip
import hashlib
import io
import json

import pytest

from etl.sources import xml_rows
from etl.sources.matomo import FORMAT
from etl.sources.sample import sample
from study.definition import Source
from study.errors import UserError
from tests.etl.formats.loaded_study import (
    assert_loads,
    counts_of,
    everything,
    load_it,
    opened,
    rows,
    study_of,
)
from tests.etl.formats.matomo_export import (
    BERLIN,
    FIRST,
    SOURCE,
    action,
    document,
    event,
    visit,
    write,
    xml,
)

FIELDS = ("userId", "visitorId", "name", "time", "action_id", "properties")


def source(**given):
    return Source(id="m", kind="events", path="x", format="matomo", **given)


def read(path, *fields, **given):
    reader = opened(path, source(**given))
    batches = list(reader.batches(fields or FIELDS))
    found = [row for batch in batches for row in batch.rows.iter_rows(named=True)]
    return found, [one for batch in batches for one in batch.bad], reader.notes()


def test_a_dirty_export_loads_as_it_should(tmp_path):
    one = assert_loads(tmp_path, write(tmp_path))
    assert rows(
        one,
        "select participant_id, event_name, occurred_at::varchar, properties ->> 'name', "
        "properties ->> 'value' from events where status = 'loaded' and event_name <> 'app_opened' "
        "order by occurred_at, event_name",
    ) == [
        ("S02", "pageview", "2025-03-03 11:06:50", None, None),
        ("S01", "module_done", "2025-03-03 11:07:40", "m1", "5"),
        ("S01", "goal", "2025-03-03 11:08:40", None, None),
        ("S01", "praise_shown", "2025-03-03 11:08:40", "streak", None),
        ("S04", "module_done", "2025-03-04 11:06:40", "m2", "7"),
        ("S06", "module_done", "2025-03-05 11:08:20", "m1 & m2", "1.5"),
    ]
    assert sorted(rows(one, "select rule from rejected_rows")) == [
        ("bad_row",),
        ("missing_event_name",),
        ("missing_participant",),
    ]


def test_json_and_xml_say_the_same(tmp_path):
    visits = [
        visit(1, "S01", event("a", 0, 1, eventValue=2), action("download", 5, 2)),
        visit(2, None, action("search", 9, 3, siteSearchKeyword="x < y"), dimension1="S02"),
    ]
    fields = ("userId", "dimension1", "name", "time", "action_id")
    found, _, _ = read(document(tmp_path / "a.json", visits), *fields)
    assert len(found) == 3
    assert read(xml(tmp_path / "a.xml", *visits), *fields)[0] == found
    lines = tmp_path / "a.jsonl.gz"
    lines.write_bytes(gzip.compress("".join(f"{json.dumps(one)}\n" for one in visits).encode()))
    assert read(lines, *fields)[0] == found
    for value in (
        {"2025-03-03": visits[:1], "2025-03-04": visits[1:]},
        {"1": {"d": visits}, "2": []},
    ):
        assert read(document(tmp_path / "b.json", value), *fields)[0] == found


@pytest.mark.parametrize("offset", [0, 3600, 7200, -18_000, 20_700])
def test_actions_are_moved_from_the_clock_of_the_site_to_utc(tmp_path, offset):
    one = visit(1, "S01", event("a", 0, 1), event("b", 10, 2))
    for each in one["actionDetails"]:
        each["timestamp"] += offset - BERLIN
    path = document(tmp_path / "a.json", [one])
    found, bad, _ = read(path, "time")
    assert [row["time"] for row in found] == [str(FIRST), str(FIRST + 10)]
    assert not bad
    del one["firstActionTimestamp"]
    # A heartbeat keeps a visit going without an action.
    one["lastActionTimestamp"] += 15
    assert read(document(path, [one]), "time")[0] == found
    del one["lastActionTimestamp"]
    assert read(document(path, [one]), "time")[0] == found


def test_without_stamps_of_the_visit_the_zone_must_be_said(tmp_path):
    one = visit(1, "S01", event("a", 0, 1))
    for name in ("firstActionTimestamp", "lastActionTimestamp", "serverTimestamp"):
        del one[name]
    path = document(tmp_path / "a.json", [one, visit(2, "S02", event("b", 5, 2))])
    found, bad, _ = read(path, "time")
    assert [row["time"] for row in found] == [str(FIRST + 5)]
    assert "firstActionTimestamp" in bad[0].expected
    found, bad, _ = read(path, "time", time_zone="Europe/Berlin")
    assert [row["time"] for row in found] == [str(FIRST), str(FIRST + 5)]
    assert not bad


def test_stamps_that_do_not_fit_the_actions_are_no_anchor(tmp_path):
    one = visit(1, "S01", event("a", 0, 1), firstActionTimestamp=FIRST - 400)
    path = document(tmp_path / "a.json", [one])
    assert read(path, "time")[0][0]["time"] == str(FIRST)
    one |= {"lastActionTimestamp": FIRST - 500, "serverTimestamp": FIRST - 500}
    _, bad, _ = read(document(path, [one]), "time")
    assert len(bad) == 1


def test_a_visit_that_goes_on_loads_what_is_new(tmp_path):
    folder = tmp_path / "exports" / "matomo"
    cart = action("ecommerceAbandonedCart", 20, revenue=5)
    first = visit(1, "S01", event("a", 0, 1), action("action", 10, 2), cart)
    document(folder / "1.json", [first])
    one = study_of(tmp_path, SOURCE)
    assert counts_of(load_it(one)) == {"exports/matomo/1.json": (3, 3, 0, 0)}
    more = visit(1, "S01", *first["actionDetails"], event("a", 30, 3), event("b", 31, 4))
    document(folder / "2.json", [more])
    assert counts_of(load_it(one)) == {
        "exports/matomo/1.json": (3, 3, 0, 0),
        "exports/matomo/2.json": (5, 2, 3, 0),
    }


def test_actions_have_ids_of_their_own(tmp_path):
    order = action("ecommerceOrder", 5, orderId="o1")
    cart = action("ecommerceAbandonedCart", 5)
    actions = [
        action("action", 5, 7),
        event("a", 5, 8),
        action("goal", 5, goalId=1, goalPageId=7),
        action("goal", 5, goalId=2, goalPageId=7),
        order,
        {**order, "orderId": "o2"},
        cart,
        cart,
    ]
    visits = [
        visit(1, "S01", *actions),
        visit(2, "S01", *actions),
        visit(1, "S01", *actions, idSite=2),
    ]
    ids = [row["action_id"] for row in read(document(tmp_path / "a.json", visits), "action_id")[0]]
    assert len(set(ids)) == 24
    later = [{**visits[0], "actionDetails": [event("new", 1, 6), *reversed(actions)]}]
    again = [row["action_id"] for row in read(document(tmp_path / "b.json", later), "action_id")[0]]
    assert set(again[1:]) == set(ids[:8])


def test_names_and_properties(tmp_path):
    actions = [
        event("tapped", 0, 1, eventName="n", eventValue=0),
        action("action", 1, 2),
        action("outlink", 2, 3, pageTitle=None),
        action("search", 3, 4, siteSearchKeyword="calm"),
    ]
    found, _, _ = read(document(tmp_path / "a.json", [visit(9, "S01", *actions)]))
    assert [row["name"] for row in found] == ["tapped", "pageview", "outlink", "search"]
    first, page, *_ = [json.loads(row["properties"]) for row in found]
    assert first.items() >= {"type": "event", "category": "app", "name": "n", "value": 0}.items()
    assert page["url"] == "https://app.example/"
    assert page["idVisit"] == 9
    said = json.dumps(json.loads(found[0]["properties"]))
    for noise in ("Pretty", "icon", "subtitle", "timestamp", "svg"):
        assert noise not in said


def test_visits_without_actions_and_cut_exports_are_said(tmp_path):
    visits = [visit(n, "S01", event("a", n, n)) for n in range(97)]
    visits += [
        visit(97, "S02"),
        {**visit(98, "S02"), "actionDetails": False},
        visit(99, None, event("b", 1, 300), visitorId=False, truncatedActionsCount=12),
    ]
    found, bad, notes = read(document(tmp_path / "a.json", visits))
    assert (len(found), bad) == (98, [])
    assert found[-1]["visitorId"] is None
    said = " ".join(notes)
    assert "which give no events: 2." in said
    assert "maximum_actions_per_visit): 12." in said
    assert "exactly 100 visits" in said
    assert "neither userId nor visitorId: 1." in said


def test_before_sign_in_the_browser_stands_in(tmp_path):
    document(tmp_path / "exports/matomo/a.json", [visit(1, "", event("a", 0, 1))])
    one = study_of(tmp_path, SOURCE.replace("participant_else = []\n", ""))
    load_it(one)
    assert rows(one, "select participant_id from events") == [("5f1c00secret0001",)]


def test_what_is_personal_is_dropped_unless_mapped(tmp_path):
    path = document(tmp_path / "a.json", [visit(1, "S01", event("a", 0, 1)), ["secret"]])
    said = everything(opened(path, source()), "name", "properties")
    assert "Smartphone" in said
    for secret in ("secret", "Secret", "10.0.0.99", "Pretty", "icon"):
        assert secret not in said
    mapped = everything(opened(path, source()), "country")
    assert mapped.count("Secretland") == 1
    kept = everything(opened(path, source(), drop=("deviceType", "category")), "properties")
    assert "Smartphone" not in kept
    assert "category" not in kept


def test_numbers_go_on_through_bad_rows(tmp_path):
    one = visit(1, "S01", event("a", 0, 1))
    one["actionDetails"].append("no action")
    path = document(
        tmp_path / "a.json", [one, 5, {"idSite": 1}, {"idVisit": 2, "actionDetails": 3}]
    )
    _, bad, _ = read(path)
    assert [one.source_row for one in bad] == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"result":"error","message":"SECRET token"}', "error message of Matomo"),
        ('{"result": "error", "message": "SECRET"}\n', "error message of Matomo"),
        (
            '<?xml version="1.0" encoding="utf-8" ?>\n<result>\n\t<error message="SECRET"/></result>',
            "error message of Matomo",
        ),
        ("Error: SECRET", "error message of Matomo"),
        ("idSite,idVisit,actionDetails_0_type\n1,SECRET,action\n", "format=JSON"),
        ('[{"idVisit": "SECRET", "actionDetails": [', "cut short"),
        ("<result><row><idVisit>SECRET</idVisit></row>", "cut short or damaged"),
        ("<result><row><idVisit>SECRET</row></result>", "cut short or damaged"),
        ("PK\x03\x04", "ZIP"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(tmp_path, text, said):
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(UserError, match=said) as caught:
        read(tmp_path / "a.txt")
    assert "SECRET" not in str(caught.value)


def test_xml_that_declares_entities_is_refused(tmp_path):
    laughs = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "ha">' for n in range(10)
    )
    for head in (
        f"<!DOCTYPE x [{laughs}]>",
        '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://x.example/x.dtd">',
    ):
        text = f'<?xml version="1.0"?>{head}<result><row><idVisit>&l9;</idVisit></row></result>'
        (tmp_path / "a.xml").write_text(text)
        with pytest.raises(UserError, match="declares XML types or entities"):
            read(tmp_path / "a.xml")


def test_xml_rows_are_bounded_in_depth_and_size(monkeypatch):
    deep = "<result><row>" + "<a>" * 100 + "</a>" * 100 + "</row></result>"
    with pytest.raises(UserError, match="nested"):
        list(xml_rows.rows(io.BytesIO(deep.encode())))
    monkeypatch.setattr(xml_rows, "PIECE_BYTES", 100)
    long = f"<result><row><a>{'x' * 5000}"
    with pytest.raises(UserError, match="more than 1,000 bytes"):
        list(xml_rows.rows(io.BytesIO(long.encode()), most_bytes=1000))
    many = f"<result>{'<row><a>x</a></row>' * 500}</result>"
    assert len(list(xml_rows.rows(io.BytesIO(many.encode()), most_bytes=1000))) == 500


def test_recognition_goes_by_content(tmp_path):
    visits = [visit(1, "S01", event("a", 0, 1))]
    long = visit(1, "S01", *(event(f"a{n}" * 9, n, n) for n in range(900)))
    paths = [
        document(tmp_path / "a.dat", visits),
        xml(tmp_path / "b.dat", *visits),
        document(tmp_path / "c.dat", {"2025-03-03": visits}),
        document(tmp_path / "d.dat", visits[0]),
        document(tmp_path / "e.dat", [long]),
    ]
    for path in paths:
        assert FORMAT.fit(sample(path)).is_match, path.name


def test_a_damaged_file_is_told_by_the_load_not_by_the_look(tmp_path):
    actions = (event(hashlib.sha256(b"%d" % n).hexdigest(), n, n) for n in range(200))
    whole = gzip.compress(json.dumps([visit(1, "S01", *actions)]).encode())
    (tmp_path / "a.gz").write_bytes(whole[: len(whole) // 2])
    assert not FORMAT.fit(sample(tmp_path / "a.gz")).is_match


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("idSite;idVisit;actionDetails_0_type\n1;2;action\n", "CSV"),
        ('{"result":"error","message":"x"}', "error message"),
        ('[{"idSite": 1, "idVisit": 2}]', "no actionDetails"),
        ('<?xml version="1.0"?><feed><entry/></feed>', "has no"),
        ("a,b\n1,2\n", "has no"),
        ('{"event": "x", "properties": {"time": 1}}\n', "has no"),
    ],
)
def test_what_is_none_is_not_recognised(tmp_path, text, because):
    (tmp_path / "Live.getLastVisitsDetails.json").write_text(text)
    fit = FORMAT.fit(sample(tmp_path / "Live.getLastVisitsDetails.json"))
    assert not fit.is_match
    assert because in fit.because
