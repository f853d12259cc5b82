"""Participants that only one side knows, and ids that are one person's in two spellings."""

import polars as pl

from etl.doctor.findings import Finding, counted
from etl.doctor.raw_tables import RawTables, total
from queries import sqlfile

TEST_ACCOUNT = r"(?i)^(?:test|tester|demo|dummy|debug|qa|admin)(?:[\W_]|\d|user|account|$)"
E_MAIL = r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$"
PHONE = r"^(?:\+|00)[1-9][0-9 ()./-]{7,18}$"


def people_findings(raw: RawTables) -> list[Finding]:
    """What is odd about who is in which file."""
    found = [*_one_side_only(raw)]
    if raw.is_as_given:
        ids = raw.fetch("ids")
        found += [*_spellings(ids), *_testers(ids), *_personal(ids, raw)]
    return found


def _one_side_only(raw: RawTables) -> list[Finding]:
    counts = sqlfile.load("load/strangers.sql").fetch(raw.con).row(0, named=True)
    strangers, silent = counts["n_not_in_roster"], counts["n_without_data"]
    if not counts["n_in_roster"]:
        return []
    found = []
    if strangers:
        verb, pronoun = ("has", "is") if strangers == 1 else ("have", "are")
        found.append(
            Finding(
                code="not_in_roster",
                severity="warning",
                message=f"{counted(strangers, 'participant')} {verb} events or answers and "
                f"{pronoun} not in the roster: their rows are refused.",
                remedy="Add them to the roster, or check that both files spell ids alike.",
                count=strangers,
            )
        )
    if silent:
        found.append(
            Finding(
                code="without_data",
                severity="info",
                message=f"{silent:,} of {counted(counts['n_in_roster'], 'participant')} of the "
                "roster have neither event nor answer.",
                remedy="They count as enrolled without use, if that is so.",
                count=silent,
            )
        )
    return found


def spelling() -> pl.Expr:
    """An id in lower case, without blanks, dashes or leading zeros: equal for two spellings."""
    return (
        pl.col("participant_id")
        .str.to_lowercase()
        .str.replace_all(r"[\s_.\-]+", "-")
        .str.replace_all(r"([a-z])-([0-9])", "$1$2")
        .str.replace_all(r"(^|[^0-9])0+([0-9])", "$1$2")
        .str.strip_chars("-")
    )


def _spellings(ids: pl.DataFrame) -> list[Finding]:
    written = (
        ids.with_columns(spelling().alias("spelling"))
        .group_by("participant_id", "spelling")
        .agg((pl.col("kind") == "roster").any().alias("is_enrolled"), pl.col("n_rows").sum())
    )
    groups = written.group_by("spelling").agg(
        pl.len().alias("n_spellings"),
        pl.col("is_enrolled").any().alias("has_enrolled"),
        pl.col("n_rows").filter(~pl.col("is_enrolled")).sum().alias("n_lost"),
    )
    several = groups.filter(pl.col("n_spellings") > 1)
    if several.is_empty():
        return []
    lost = total(several.filter("has_enrolled")["n_lost"])
    effect = f" {counted(lost, 'row')} of theirs would be refused." if lost else ""
    return [
        Finding(
            code="ids_spelt_differently",
            severity="warning",
            message=f"{counted(several.height, 'participant')} seem to stand under several "
            f"spellings of one id: they differ only in case, blanks, dashes or zeros.{effect}",
            remedy="Spell ids alike in all exports, or say in [[identities]] which ids are one "
            "participant's.",
            count=several.height,
        )
    ]


def _testers(ids: pl.DataFrame) -> list[Finding]:
    testers = ids.filter(pl.col("participant_id").str.contains(TEST_ACCOUNT))
    n_testers = testers["participant_id"].n_unique()
    if not n_testers:
        return []
    is_counted = not testers.filter(pl.col("kind") == "roster").is_empty()
    verb = "looks" if n_testers == 1 else "look"
    return [
        Finding(
            code="test_account",
            severity="warning",
            message=f"{counted(n_testers, 'id')} {verb} like a tester's: "
            f"{counted(total(testers['n_rows']), 'row')} in all.",
            remedy="Take them out of the roster."
            if is_counted
            else "Nothing, if the roster leaves them out; otherwise take them out of the export.",
            count=n_testers,
        )
    ]


def _personal(ids: pl.DataFrame, raw: RawTables) -> list[Finding]:
    found = []
    is_keyed = raw.study.privacy.participant_ids == "keyed"
    for kind, pattern in (("e-mail addresses", E_MAIL), ("telephone numbers", PHONE)):
        own = ids.filter(pl.col("participant_id").str.contains(pattern))
        n_ids = own["participant_id"].n_unique()
        if n_ids:
            found.append(
                Finding(
                    code="participant_id_personal",
                    severity="info" if is_keyed else "warning",
                    message=f"{counted(n_ids, 'participant id')} look like {kind}.",
                    remedy="A load replaces them by pseudonyms."
                    if is_keyed
                    else 'Set participant_ids = "keyed" under [privacy] in study.toml.',
                    count=n_ids,
                )
            )
    return found
