"""The roster: who is in the study, and rows that do not agree."""

from datetime import date

from study.definition import Arm, Covariate, Site
from tests.etl.load_study import counts, events, only, raw, roster, run, study, write

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


AGE = Covariate(id="age", label="Age", kind="number")
SEX = Covariate(id="sex", label="Sex", kind="category")


def test_covariates_are_kept_and_bad_cells_refused_without_their_rows(tmp_path):
    write(
        tmp_path / "roster.csv",
        "pid;enrolled;years;sex",
        "p1;2025-03-01;41,5;f",
        "p2;2025-03-01;forty;m",
        "p3;2025-03-01;NA;",
        ";2025-03-01;old;f",
        "p4;2025-03-01;inf; f ",
    )
    columns = {"covariates": {"age": "years", "sex": "sex"}, "properties": ("sex",)}
    source = roster(columns=columns, delimiter=";", decimal=",")
    one = study(tmp_path, source, covariates=(AGE, SEX))
    receipt = only(run(one))
    assert counts(receipt) == (5, 4, 0, 1)
    assert receipt.cells_refused == 2
    assert {
        (r.rule, r.column_name, r.is_cell, r.expected, r.first_rows) for r in receipt.by_rule
    } == {
        ("missing_participant", "pid", False, "a participant id", (4,)),
        ("not_a_number", "years", True, "a number", (2, 5)),
    }
    kept = raw(
        one,
        """
        select
            participant_id,
            properties ->> '$."covariate:age"',
            properties ->> '$."covariate:sex"',
            properties ->> '$.sex'
        from roster order by participant_id
        """,
    )
    assert kept == [
        ("p1", "41.5", "f", "f"),
        ("p2", None, "m", "m"),
        ("p3", None, None, None),
        ("p4", None, "f", "f"),
    ]
    refused = raw(one, "select raw_text from rejected_rows where is_cell order by source_row")
    assert refused == [("forty",), ("inf",)]


def test_a_covariate_declared_anew_is_read_anew(tmp_path):
    write(tmp_path / "roster.csv", "pid,enrolled,years", "p1,2025-03-01,forty")
    source = roster(columns={"covariates": {"age": "years"}})
    as_number = study(tmp_path, source, covariates=(AGE,))
    assert only(run(as_number)).cells_refused == 1
    as_text = as_number.model_copy(
        update={"covariates": (Covariate(id="age", label="Age", kind="category"),)}
    )
    receipt = only(run(as_text))
    assert (receipt.status, receipt.cells_refused) == ("loaded", 0)


def test_a_covariate_without_its_column_fails_the_file_by_name(tmp_path):
    write(tmp_path / "roster.csv", "pid,enrolled,yeers", "p1,2025-03-01,40")
    source = roster(columns={"covariates": {"age": "years"}})
    outcome = run(study(tmp_path, source, covariates=(AGE,)))
    assert "years" in outcome.failed[0].message
    assert "yeers" in outcome.failed[0].message


def test_where_another_column_stands_in_for_the_id_both_are_named(tmp_path):
    write(tmp_path / "roster.csv", "pid,enrolled", "p1,2025-03-01")
    write(
        tmp_path / "events.csv",
        "pid,device,event,time",
        "p1,,open,2025-03-05",
        ",d9,open,2025-03-05",
        ",,open,2025-03-05",
    )
    one = study(tmp_path, roster(), events(participant_else=("device",)))
    outcome = run(one)
    receipt = next(each for each in outcome.receipts if each.source_id == "app")
    assert {(rule.rule, rule.column_name, rule.first_rows) for rule in receipt.by_rule} == {
        ("unknown_participant", "pid or device", (2,)),
        ("missing_participant", "pid or device", (3,)),
    }
