"""Segment: tables of track calls as its warehouses have them."""

from pathlib import Path

from etl.sources.format import Fit, Format, Opening
from etl.sources.reader import Reader
from etl.sources.sample import Sample
from etl.sources.warehouse_marks import marks_of_rudderstack, marks_of_segment
from etl.sources.warehouse_tables import either, open_table, table_fit

LABEL = "Segment table"


def fit(sample: Sample) -> Fit:
    """Whether a file is a table of Segment's, or could be."""
    marks, others = marks_of_segment(sample), marks_of_rudderstack(sample)
    return either(table_fit(sample), marks, others, other="RudderStack")


def open_segment(path: Path, opening: Opening) -> Reader:
    """Open a table; see `open_table`."""
    return open_table(path, opening, LABEL)


TRAPS = (
    "The table tracks has no properties of the events' own: event_tables names the tables that do "
    '(for example "exports/segment/tables/*.csv"), and they are joined by id. A table of one event '
    "can be a source itself. Not both: an event that stands in two tables of a source counts once, "
    "with the properties of the table whose name comes first.",
    "timestamp is set right for the clock of the device and orders the events; received_at tells "
    "how late they came. original_timestamp and sent_at are not used.",
    "Times are UTC and rarely say so: an offset is put behind those that name none, and ' UTC' "
    "(BigQuery) is read. Set time_zone of the source if the dump was made in another zone.",
    "event is the name in snake_case, event_text the name that the app sent: map name = "
    '"event_text" for the latter.',
    "user_id is empty before sign-in, and a column comes into being with its first value: "
    "anonymous_id then stands in, and a column may be absent. An identity map can join the two.",
    "A column has the type of its first value; later values of another type were lost or cut in "
    "the warehouse (texts at 512 characters, by Segment), which no reader can undo. Properties are "
    "kept as the dump writes them, as text: 't' and 'f' for yes and no in a dump of Redshift or "
    "PostgreSQL, 'true' and 'false' in others.",
    "One id is one event, in however many tables and dumps it stands.",
    "Columns of the context are left out, unless listed in properties beside '*'. IP addresses, "
    "device and advertising ids, places and traits (email, name, phone, address) are dropped, "
    "unless the source maps them.",
    "Snowflake writes names of columns in upper case: read as if in lower case.",
)
"""The same for both systems, which write the same tables."""

FORMAT = Format(
    id="segment",
    label="Segment warehouse tables",
    fit=fit,
    open=open_segment,
    traps=(
        *TRAPS,
        "RudderStack writes the same tables. Only Segment's may have uuid or context_protocols_*; "
        "a table without such a mark is taken for Segment's and read the same.",
    ),
    confirmed=(
        "Columns, ids, the four stamps, types by first value, 512 characters, uuid, uuid_ts, "
        "loaded_at: github.com/segmentio/segment-docs, src/connections/storage/warehouses/"
        "schema.md (now twilio.com/docs/segment/connections/storage/warehouses/schema). uuid "
        "int8 and the types of a Redshift schema, context_protocols_source_id: public schemas and "
        "models of users. Not confirmed: how each warehouse's own tool writes yes and no in CSV."
    ),
    export=(
        "From the warehouse, unload the tables tracks and those of the events you need, as CSV "
        "with a header or as Parquet."
    ),
)
