"""RudderStack's tables: a table of one event beside tracks, and columns only RudderStack has."""

import json

from tests.etl.formats.loaded_study import assert_loads, everything, opened, rows
from tests.etl.formats.rudderstack_export import write


def test_a_dirty_export_loads_as_it_should(tmp_path):
    one = assert_loads(tmp_path, write(tmp_path))
    found = rows(
        one,
        "select participant_id, event_name, occurred_at::varchar, properties::varchar from events "
        "where status = 'loaded' order by participant_id",
    )
    assert [(*row[:3], json.loads(str(row[3]))) for row in found] == [
        (
            "S01",
            "module_done",
            "2025-03-03 10:05:00",
            {"module": "m1", "minutes": "12", "passed": "true"},
        ),
        (
            "S02",
            "module_done",
            "2025-03-03 10:07:00",
            {"module": "m2", "minutes": "3", "passed": "false"},
        ),
        ("S03", "app_opened", "2025-03-03 10:00:00", {}),
        ("S04", "praise_shown", "2025-03-03 10:09:00", {}),
    ]


def test_what_only_rudderstack_has_is_no_property_and_addresses_are_dropped(tmp_path):
    written = write(tmp_path)
    one = assert_loads(tmp_path, written)
    for name in written.counts:
        said = everything(opened(tmp_path / name, one.sources[0]), "event")
        assert '"channel": "mobile"' not in said.split("{}")[0]
        for secret in ("10.0.0.98", "10.0.0.99", "secret"):
            assert secret not in said
