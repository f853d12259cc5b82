"""Events on their way into the raw tables: those that break no rule are kept, the others told."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from etl.clock import LocalDays, expected_time
from etl.fields import id_columns
from etl.mapping import is_made_json
from etl.refusals import Refusals, by_rule, expected, registered
from etl.sources.reader import Batch
from queries import sqlfile
from study.definition import Source

NONE_REFUSED = pl.DataFrame(
    schema={
        "file_number": pl.Int32,
        "source_row": pl.Int64,
        "participant_id": pl.String,
        "rule": pl.String,
        "is_own_zone": pl.Boolean,
    }
)


@dataclass(frozen=True)
class Part:
    """A batch of a file, mapped to what is judged."""

    refusals: Refusals
    batch: Batch
    incoming: pl.DataFrame


@dataclass(frozen=True)
class EventJudge:
    """Judges events of one source; `params` are those of `etl.clock.time_params`."""

    con: duckdb.DuckDBPyConnection
    days: LocalDays
    source: Source
    params: dict[str, object]

    def part(self, refusals: Refusals, batch: Batch) -> Part:
        """A batch as it will be judged."""
        mapping = refusals.mapping
        incoming = mapping.apply(mapping.known(batch.rows)).with_columns(
            file_number=pl.lit(refusals.number, dtype=pl.Int32)
        )
        return Part(refusals, batch, incoming)

    def keep(self, parts: Sequence[Part]) -> None:
        """Keep the events that break no rule, and the text of those that do.

        The parts may be of several files, but not twice of one: to ask the database once for many
        small files takes a tenth of the time.
        """
        incoming = pl.concat([one.incoming for one in parts])
        own_zones = incoming["own_zone"].unique().drop_nulls()
        self.days.cover([str(self.params["home"]), *own_zones])
        refused = self._judged(incoming).with_columns(
            self._place(), expected(expected_time(self.params))
        )
        for one in parts:
            own = refused.filter(pl.col("file_number") == one.refusals.number)
            one.refusals.keep(one.batch, own)

    def _judged(self, incoming: pl.DataFrame) -> pl.DataFrame:
        """Keep events; give back those that break a rule.

        Few do: it is quicker to judge these twice than to put all of them down in between.
        """
        if incoming.is_empty():
            return NONE_REFUSED
        columns = self.source.events
        assert columns is not None
        judge = self.params | {
            "max_skew_s": columns.max_clock_skew_minutes * 60,
            "source_id": self.source.id,
            "is_json": is_made_json(columns.properties),
            "duplicate_of": list(columns.duplicate_of),
        }
        numbers, rows = incoming["file_number"], incoming["source_row"]
        with registered(self.con, "incoming", incoming):
            sqlfile.load("load/insert_events.sql").execute(self.con, **judge)
            left = sqlfile.load("load/left_events.sql").fetch(
                self.con,
                first_file=numbers.min(),
                last_file=numbers.max(),
                first_row=rows.min(),
                last_row=rows.max(),
            )
        if left.is_empty():
            return NONE_REFUSED
        if left.height < incoming.height:
            incoming = incoming.join(
                left, on=["file_number", "source_row"], how="semi", maintain_order="left"
            )
        with registered(self.con, "incoming", incoming):
            return sqlfile.load("load/refused_events.sql").fetch(self.con, **judge)

    def _place(self) -> pl.Expr:
        """The column that the broken rule looks at."""
        columns, participant = self.source.events, id_columns(self.source)
        assert columns is not None
        places = {
            "missing_participant": participant,
            "erased_participant": participant,
            "missing_event_name": columns.name,
            "bad_time": columns.time,
            "time_out_of_range": columns.time,
            "clock_skew": columns.time,
            "bad_quantity": columns.quantity,
        }
        own_zone = pl.when("is_own_zone").then(pl.lit(columns.time_zone_column, dtype=pl.String))
        return own_zone.otherwise(by_rule(places)).alias("column_name")
