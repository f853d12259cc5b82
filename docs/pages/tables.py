"""The reference page of tables and reads, from the headers of the SQL files."""

from docs.pages.markdown import table
from queries import sqlfile

FOLDERS = {
    "raw": "Tables of `raw.duckdb`, which only the loader opens.",
    "marts": "Tables of a build: what pages, models and exports are made of.",
    "checks": "Queries that must return nothing before a build is published (fail), or that are "
    "reported (warn).",
    "reads": "What pages and models ask of a build. `$sites`, `$arms`, `$cohorts` and "
    "`$participants` are lists, where NULL means all.",
    "sums": "Sums of any table's rows that a linear mixed model is fitted from, in DuckDB or Spark "
    "(`rapport fit --data --engine`). What a file writes for a column `x_i`, `z_i`, ... is done "
    "for each column of that kind: see `queries/repeated.py`.",
}


def page() -> str:
    """One section a folder, one subsection a file."""
    parts = ["# Tables and reads\n\nWords are explained in [the plan of the house]"
             "(../explanation/architecture.md#words). Times are UTC.\n"]  # fmt: skip
    for folder, meaning in FOLDERS.items():
        parts.append(f"## {folder}\n\n{meaning}\n")
        parts += [_section(sqlfile.load(path)) for path in sqlfile.all_paths(folder)]
    return "\n".join(parts)


def _section(query: sqlfile.Query) -> str:
    facts = [f"*Grain:* {query.grain}"]
    if query.reads:
        facts.append("*Reads:* " + ", ".join(f"`{name}`" for name in query.reads))
    if query.concerns:
        facts.append(f"*Concerns:* {query.concerns}")
    if query.severity:
        facts.append(f"*Severity:* {query.severity}")
    parts = [f"### {query.name}\n", query.summary + "\n", "  \n".join(facts) + "\n"]
    for title, fields in (("parameter", query.params), ("column", query.columns)):
        if fields:
            rows = [(f"`{field.name}`", field.type, field.meaning) for field in fields]
            parts.append(table([title, "type", "meaning"], rows))
    return "\n".join(parts)
