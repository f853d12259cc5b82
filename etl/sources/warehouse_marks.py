"""Columns that tell Segment's warehouse tables from RudderStack's, which are the same otherwise."""

from etl.sources.sample import Sample

RUDDERSTACK = (
    "channel",
    "context_source_id",
    "context_source_type",
    "context_destination_id",
    "context_destination_type",
    "context_request_ip",
    "context_passed_ip",
    "context_rudderstack_source",
)
SEGMENT = ("uuid",)
SEGMENT_BEGINS = "context_protocols_"
LIBRARY = "context_library_name"


def marks_of_rudderstack(sample: Sample) -> tuple[str, ...]:
    """Columns of a table that only RudderStack writes."""
    found = tuple(name for name in _columns(sample) if name in RUDDERSTACK)
    return found or ((LIBRARY,) if _is_by_rudderstack(sample) else ())


def marks_of_segment(sample: Sample) -> tuple[str, ...]:
    """Columns of a table that only Segment writes."""
    return tuple(
        name for name in _columns(sample) if name in SEGMENT or name.startswith(SEGMENT_BEGINS)
    )


def _is_by_rudderstack(sample: Sample) -> bool:
    # The library's name is no participant's value: "RudderLabs JavaScript SDK".
    names = (str(one.get(LIBRARY, "")).lower() for one in sample.records)
    return any("rudder" in name for name in names)


def _columns(sample: Sample) -> tuple[str, ...]:
    return tuple(name.lower() for name in sample.columns)
