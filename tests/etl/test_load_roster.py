"""The roster: who is in the study, and rows that do not agree."""

from datetime import date

from study.definition import Arm, Site
from tests.etl.load_study import counts, only, raw, roster, run, study, write

COLUMNS = {"arm": "arm", "site": "site", "withdrawn": "left", "withdrawal_kind": "why"}
ARMS = (
    Arm(id="app", label="The app", masked_label="Group A"),
    Arm(id="text", label="Text", masked_label="Group B"),
)
SITES = (Site(id="bath", label="Bath"),)


def test_rows_and_rules(tmp_path):
    write(
        tmp_path / "roster.csv",
        "pid,enrolled,arm,site,left,why",
        "p1,2025-03-01,APP,Bath,2025-04-01,Dropout",
        "p2,,text,,,",
        ",2025-03-01,app,bath,,",
        "p4,soon,app,bath,,",
        "p5,2025-03-01,placebo,bath,,",
        "p6,2025-03-01,app,leeds,,",
        "p7,2025-03-01,app,bath,later,",
        "p1,2025-03-01,app,bath,2025-04-01,dropout",
        "p1,2025-03-02,app,bath,,",
    )
    one = study(tmp_path, roster(columns=COLUMNS), arms=ARMS, sites=SITES)
    receipt = only(run(one))
    assert counts(receipt) == (9, 2, 1, 6)
    assert {(rule.rule, rule.column_name, rule.first_rows) for rule in receipt.by_rule} == {
        ("missing_participant", "pid", (3,)),
        ("bad_time", "enrolled", (4,)),
        ("unknown_arm", "arm", (5,)),
        ("unknown_site", "site", (6,)),
        ("bad_time", "left", (7,)),
        ("conflicting_row", "pid", (9,)),
    }
    kept = raw(
        one,
        """
        select participant_id, arm_id, site_id, withdrawn_date, withdrawal_kind
        from roster where status = 'loaded' order by participant_id
        """,
    )
    assert kept == [
        ("p1", "app", "bath", date(2025, 4, 1), "dropout"),
        ("p2", "text", None, None, None),
    ]


def test_dates_are_those_of_the_study_zone(tmp_path):
    write(tmp_path / "roster.csv", "pid,enrolled", "p1,2025-06-01", "p2,2025-06-01T23:30:00Z")
    one = study(tmp_path, roster(), time_zone="Europe/Berlin")
    run(one)
    assert raw(one, "select enrolled_date, hour(enrolled_at) from roster order by source_row") == [
        (date(2025, 6, 1), 22),
        (date(2025, 6, 2), 23),
    ]
