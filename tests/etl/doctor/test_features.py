"""Events and features: what nothing names, what never happens, what does not vary."""

from datetime import datetime, timedelta

import pytest

from study.definition import Arm, EventPattern, Feature, IntendedUse
from study.scoring_key import Schedule
from tests.etl.doctor.checked import daily, found, write_events
from tests.etl.load_study import MOOD, events, roster, study, write

FIRST = datetime(2025, 3, 3, 9)


def feature(event, *, always_on=False, **where):
    return Feature(
        id="praise",
        label="P",
        principle="praise",
        always_on=always_on,
        stages={"seen": EventPattern(event=event, where=where)},
    )


def test_sessions_and_surveys_that_no_event_shows(tmp_path):
    write_events(tmp_path / "events.csv", daily("opened", people=2, days=2, first=FIRST))
    use = IntendedUse(
        justification="j", done="opne", opened="op*", delivered="tip", sessions={"everyone": (1,)}
    )
    asked = MOOD.model_copy(update={"schedule": Schedule(weeks=(1,), opened="asked")})
    one = study(tmp_path, events(), intended_use=use).model_copy(update={"instruments": (asked,)})
    said = {one.subject: one.message for one in found(one)["no_such_event"]}
    assert said == {
        "intended_use.done": "No event is called 'opne'. Every session due would count as missed.",
        "intended_use.delivered": "No event is called 'tip'.",
        "instruments.mood.schedule.opened": "No event is called 'asked'.",
    }


@pytest.mark.parametrize(
    ("event", "where", "is_warned"),
    [
        ("tip_shown", {}, False),
        ("tip_*", {}, False),
        ("tip_shown", {"kind": "praise"}, False),
        ("tip_shown", {"kind": "reminder"}, True),
        ("tips", {}, True),
    ],
)
def test_features_that_never_happen(tmp_path, event, where, is_warned):
    rows = ("p1,tip_shown,2025-03-05,praise", "p1,open,2025-03-06,")
    write(tmp_path / "events.csv", "pid,event,time,kind", *rows)
    source = events(columns={"properties": ("kind",)})
    codes = found(study(tmp_path, source, features=(feature(event, **where),)))
    assert ("no_such_event" in codes) == is_warned


@pytest.mark.parametrize(
    ("key", "value", "is_warned"),
    [("meta.channel", "push", False), ("meta.channel", "mail", True), ("flat.key", "x", False)],
)
def test_dots_reach_into_nested_properties_or_stand_in_a_name(tmp_path, key, value, is_warned):
    write(
        tmp_path / "events.jsonl",
        '{"pid": "p1", "event": "tip", "time": "2025-03-05", "props": {"meta": {"channel": "push"},'
        ' "flat.key": "x"}}',
    )
    source = events("events.jsonl", columns={"properties": "props"})
    codes = found(study(tmp_path, source, features=(feature("tip", **{key: value}),)))
    assert ("no_such_event" in codes) == is_warned


def test_events_of_no_feature_by_volume(tmp_path):
    rows = [
        *daily("open", people=3, days=2, first=FIRST),
        *daily("tip", people=2, days=1, first=FIRST),
    ]
    write_events(tmp_path / "events.csv", [*rows, ("p00", "crash", FIRST)])
    (one,) = found(study(tmp_path, events(), features=(feature("tip"),)))["unmapped_events"]
    assert "2 event names belong to no feature: open (6), crash (1)." in one.message
    assert (one.severity, one.count) == ("info", 7)


@pytest.mark.parametrize(("declared", "severity"), [(False, "warning"), (True, "info")])
def test_a_feature_of_every_day_of_use(tmp_path, declared, severity):
    rows = daily("open", people=6, days=20, first=FIRST)
    rows += daily("banner", people=6, days=20, first=FIRST, per_day=2)
    write_events(tmp_path / "events.csv", rows)
    codes = found(study(tmp_path, events(), features=(feature("banner", always_on=declared),)))
    assert [one.severity for one in codes["feature_always_on"]] == [severity]


def test_a_feature_of_most_days_varies(tmp_path):
    rows = daily("open", people=6, days=20, first=FIRST)
    rows += daily("tip", people=6, days=18, first=FIRST)[:-3]
    write_events(tmp_path / "events.csv", rows)
    codes = found(study(tmp_path, events(), features=(feature("tip"),)))
    assert not {"feature_always_on", "feature_same_for_all"} & codes.keys()


def test_a_feature_that_everybody_met_equally_often(tmp_path):
    rows = daily("open", people=6, days=20, first=FIRST)
    rows += daily("welcome", people=6, days=1, first=FIRST)
    write_events(tmp_path / "events.csv", rows)
    (one,) = found(study(tmp_path, events(), features=(feature("welcome"),)))[
        "feature_same_for_all"
    ]
    assert one.severity == "warning"
    assert "All 6 participants met it equally often (1 time)" in one.message


def test_a_feature_of_one_arm(tmp_path):
    people = [f"p{k:02d}" for k in range(12)]
    arms = [Arm(id=one, label=one, masked_label=f"Group {one}") for one in ("a", "b")]
    write(
        tmp_path / "roster.csv",
        "pid,enrolled,arm",
        *(f"{pid},2025-03-01,{'ab'[k % 2]}" for k, pid in enumerate(people)),
    )
    rows = daily("open", people=12, days=10, first=FIRST)
    tips = daily("tip", people=12, days=8, first=FIRST + timedelta(hours=1))
    in_one = [row for k, row in enumerate(tips) if int(row[0][1:]) % 2 and k % 5]
    for shown, expected in ((in_one, ["info"]), (tips[:-1], [])):
        write_events(tmp_path / "events.csv", [*rows, *shown])
        one = study(
            tmp_path,
            events(),
            roster(columns={"arm": "arm"}),
            features=(feature("tip"),),
            arms=tuple(arms),
        )
        assert [said.severity for said in found(one).get("feature_one_arm", [])] == expected


def test_versions_that_a_feature_depends_on(tmp_path):
    write(
        tmp_path / "events.csv",
        "pid,event,time,version",
        *(f"p1,tip,2025-03-0{day},{'2.0' if day > 4 else ''}" for day in range(1, 9)),
    )
    stage = EventPattern(event="tip", versions_from="2.0")
    one = Feature(id="praise", label="P", principle="praise", stages={"seen": stage})
    source = events(columns={"app_version": "version"})
    (said,) = found(study(tmp_path, source, features=(one,)))["app_version_unknown"]
    assert (said.severity, said.count) == ("warning", 4)
    assert "app_version_unknown" not in found(study(tmp_path, source, features=(feature("tip"),)))


def test_reminders_on_days_without_use_are_no_part_of_use(tmp_path):
    rows = [row for k, row in enumerate(daily("open", people=6, days=40, first=FIRST)) if k % 3]
    reminded = [
        row for k, row in enumerate(daily("reminded", people=6, days=40, first=FIRST)) if k % 4
    ]
    write_events(tmp_path / "events.csv", [*rows, *reminded])
    stages = {"delivered": EventPattern(event="reminded")}
    one = Feature(id="r", label="R", principle="reminders", stages=stages)
    codes = found(study(tmp_path, events(), features=(one,)))
    assert "feature_always_on" not in codes
