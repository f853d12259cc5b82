"""The reference page of the rules that refuse a row or an answer."""

from dashboard.rules import RULES
from docs.pages.markdown import table
from etl.rules import EXPECTED


def page() -> str:
    """Every rule: what it means, what was expected, what to do."""
    rows = [
        (f"`{name}`", rule.meaning, EXPECTED.get(name, ""), rule.remedy)
        for name, rule in RULES.items()
    ]
    return (
        "# Why a row was rejected\n\n"
        "Every row of every file ends as exactly one of *loaded*, *duplicate* or *rejected*. A "
        "rejected row is kept with its rule, row number and text in `raw.duckdb`, and counted in "
        "the receipt; its text never enters a build or a page. In a wide survey file a row is one "
        "filling-in: a single answer may be refused while its row is loaded.\n\n"
        "**Rows are numbered from 1.** In CSV row 1 is the first below the header, so a table "
        "program shows it on line 2, and a cell with line breaks in it does not count as several. "
        "In JSON Lines the number is that of the line, in Parquet that of the record.\n\n"
        + table(["rule", "what it means", "what was expected", "what to do"], rows)
    )
