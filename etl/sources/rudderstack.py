"""RudderStack: tables of track calls as its warehouses have them."""

from pathlib import Path

from etl.sources.format import Fit, Format, Opening
from etl.sources.reader import Reader
from etl.sources.sample import Sample
from etl.sources.segment import TRAPS
from etl.sources.warehouse_marks import marks_of_rudderstack, marks_of_segment
from etl.sources.warehouse_tables import either, open_table, table_fit

LABEL = "RudderStack table"


def fit(sample: Sample) -> Fit:
    """Whether a file is a table of RudderStack's, or could be."""
    marks, others = marks_of_rudderstack(sample), marks_of_segment(sample)
    found = either(table_fit(sample), marks, others, other="Segment")
    # Of a table that could be either, one name must come first: Segment's, whose layout it is.
    is_either = found.is_match and not marks
    return Fit(True, found.because, 0.9) if is_either else found


def open_rudderstack(path: Path, opening: Opening) -> Reader:
    """Open a table; see `open_table`."""
    return open_table(path, opening, LABEL)


FORMAT = Format(
    id="rudderstack",
    label="RudderStack warehouse tables",
    fit=fit,
    open=open_rudderstack,
    traps=(
        *TRAPS,
        "Segment writes the same tables. RudderStack's are told by channel, "
        "context_source_id, context_source_type, context_destination_id, "
        "context_destination_type, context_request_ip or context_passed_ip; a table without such "
        "a mark is taken for Segment's and read the same.",
    ),
    confirmed=(
        "Columns, types, event and event_text, timestamp = received_at - (sent_at - "
        "original_timestamp), uuid_ts: github.com/rudderlabs/rudderstack-docs, "
        "data-warehouse-integrations/warehouse-schemas.md (now rudderstack.com/docs/destinations/"
        "warehouse-destinations/warehouse-schema). channel, context_source_*, "
        "context_destination_*, context_request_ip and context_passed_ip: tests of "
        "rudderlabs/rudder-server and public models of users. Not confirmed: that Segment never "
        "has a column of these names, where an app sends a context of its own."
    ),
    export=(
        "From the warehouse, unload the tables tracks and those of the events you need, as CSV "
        "with a header or as Parquet."
    ),
)
