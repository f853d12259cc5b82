"""What only all rows together can decide: duplicates, conflicts and unknown participants."""

from collections.abc import Mapping

import duckdb

from etl.changes import Changes
from etl.fields import id_columns
from etl.progress import Progress
from etl.rules import EXPECTED
from queries import sqlfile
from study.definition import Study


def resolve(
    con: duckdb.DuckDBPyConnection, study: Study, progress: Progress, changes: Changes | None
) -> None:
    """Decide over all rows, whatever the order they came in; or over those that changes touched.

    Leaves behind, as temporary tables, the rows whose status changed (`resolved_events`,
    `resolved_answers`, `resolved_roster`), the roster as it stands (`known_now`), and the files
    that changed (`changed_files`; all of them where nobody knows).
    """
    step = _Steps(con, study)
    if changes is None:
        step.run("every_file")
    else:
        changes.before("answers")
        changes.write_down()
    is_roster_due = changes is None or "roster" in changes.kinds
    step.roster() if is_roster_due else step.run("nothing_resolved_roster")
    step.run("known_now")
    progress.advance(0)
    has_flipped = is_roster_due and (changes is None or step.has_flipped())
    if changes is None:
        step.run("strangers_among")
        step.run("rivals")
        step.events()
    elif has_flipped or "events" in changes.kinds:
        step.run("insert_new_keys")
        if has_flipped:
            step.run("insert_flipped_keys")
        step.run("touched_rivals")
        step.events()
    else:
        step.run("nothing_resolved_events")
    progress.advance(0)
    is_answers_due = changes is None or has_flipped or "answers" in changes.kinds
    step.answers() if is_answers_due else step.run("nothing_resolved_answers")
    progress.advance(0)


class _Steps:
    """One kind of rows after the other: the roster first, for the others ask it who is known."""

    def __init__(self, con: duckdb.DuckDBPyConnection, study: Study) -> None:
        self._con = con
        self._places: Mapping[str, object] = {
            "sources": [one.id for one in study.sources],
            "columns": [id_columns(one) for one in study.sources],
        }
        self._wide = [
            one.id for one in study.sources if one.answers and one.answers.shape == "wide"
        ]

    def run(self, name: str, **params: object) -> None:
        sqlfile.load(f"load/{name}.sql").execute(self._con, **params)

    def has_flipped(self) -> bool:
        self.run("flipped")
        return bool(sqlfile.load("load/count_flipped.sql").fetch(self._con)["n_flipped"][0])

    def roster(self) -> None:
        for name in ("resolved_roster", "update_roster", "delete_rejected_roster"):
            self.run(name)
        self.run("insert_rejected_roster", expected=EXPECTED["conflicting_row"], **self._places)

    def events(self) -> None:
        for name in ("resolved_events", "update_events", "delete_rejected_events"):
            self.run(name)
        self.run("insert_rejected_events", expected=EXPECTED["unknown_participant"], **self._places)

    def answers(self) -> None:
        for name in ("resolved_answers", "update_answers", "delete_rejected_answers"):
            self.run(name)
        self.run(
            "insert_rejected_answers",
            wide_sources=self._wide,
            unknown_expected=EXPECTED["unknown_participant"],
            conflicting_expected=EXPECTED["conflicting_answer"],
            **self._places,
        )
