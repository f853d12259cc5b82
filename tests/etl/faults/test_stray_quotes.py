"""A quotation mark put anywhere into a CSV file: it costs the line that it stands in."""

import pytest

from etl.sources.delimited import DelimitedReader

HEADER = "pid,event,time,properties"
LINES = [f"p{number},open,2025-03-05,x{number}" for number in range(4)]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("quotes", [1, 2, 3])
def test_a_quote_anywhere_costs_its_own_line_at_most(tmp_path, quotes, end):
    text = "".join(f"{one}{end}" for one in (HEADER, *LINES))
    path = tmp_path / "events.csv"
    for place in range(len(HEADER) + len(end), len(text)):
        path.write_text(text[:place] + '"' * quotes + text[place:], newline="")
        reader = DelimitedReader(path, delimiter=",", encoding="utf-8")
        batches = list(reader.batches(("pid", "properties")))
        n_read = sum(one.rows.height for one in batches)
        refused = [bad.source_row for one in batches for bad in one.bad]
        assert n_read + len(refused) >= len(LINES), place
        assert len(refused) <= 2, place
        assert n_read >= len(LINES) - 1, place
