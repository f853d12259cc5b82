"""How long the server takes for each panel of each page: on the sample study, and on a large one.

Run with `python -m benchmarks.pages`, and with `--copies 93 --weeks 52` for 25,110 participants of
a year. It loads the sample study into a folder of its own; a large study is the sample's tables
with every participant many times over, and their weeks again and again; what a build makes of its
other tables is made anew. Panels are asked through the callback route as a browser would, one after
another, and each question once only: nothing that was kept answers it.

The first useful paint, at the server: the page itself, the layout of the frame, the list of
callbacks, the layout of the page and the first panel on it that has an answer. With `--browser` it
is also seen in Chromium, from the address to the first panel that shows its answer.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import duckdb
from dash import Dash

from access.viewer import local_viewer
from benchmarks.clicks import body_of
from benchmarks.first_paint import first_paints
from dashboard.factory import PAGES, create_app
from etl.build_order import made_of_marts
from etl.pipeline import refresh
from study.file import load_study
from warehouse.connect import in_memory
from warehouse.publish import current_mart, new_build_path, publish
from warehouse.workspace import Workspace

ROOT = Path(__file__).parents[1]
STUDY = ROOT / "sample_data" / "harbour"
SEARCHES = (
    "",
    "?site=london",
    "?site=bath&from=2&to=8",
    "?arm=stop6",
    "?from=4&to=40",
    "?dimension=use",
)
FIRST = ("/", "/_dash-layout", "/_dash-dependencies")
"""What a browser fetches before it can ask for a page, besides files that it keeps."""
PERSON = "participant=P014"
WEEKS = 12
"""Study weeks of the sample; after them a participant's weeks begin again."""
LIMIT_MS = 200


@dataclass
class Told:
    """Milliseconds of one page: of its layout, of every answer of a panel with its name, and up to
    the first panel on the page.
    """

    layout: list[float] = field(default_factory=list)
    paint: list[float] = field(default_factory=list)
    answers: list[tuple[float, str]] = field(default_factory=list)


def grow(workspace: Workspace, copies: int, weeks: int) -> dict[str, float]:
    """Publish the current build with every participant `copies` times, over `weeks` weeks.

    Returns the seconds that each table took which a build makes of its other tables.
    """
    source, target = current_mart(workspace), new_build_path(workspace)
    if source is None:
        raise SystemExit("Nothing was built.")
    con = in_memory()
    con.execute(f"attach '{source}' as small (read_only)")
    con.execute(f"attach '{target}' as large")
    con.execute("use large")
    asked = "select table_name from duckdb_tables() where database_name = 'small' order by 1"
    made = {query.name for query in made_of_marts()}
    for (table,) in con.execute(asked).fetchall():
        if table in made:
            continue
        columns = con.execute(f"describe small.{table}").fetchall()
        types = {name: kind for name, kind, *_ in columns}
        con.execute(f"create table {table} as {_grown(table, types, copies, weeks)}")
    con.execute("update dim_study set planned_weeks = $weeks", {"weeks": weeks})
    later = {"days": 7 * (weeks - WEEKS)}
    con.execute("update dim_build set as_of_date = as_of_date + cast($days as integer)", later)
    made_in = _make(con)
    con.close()
    publish(workspace, target)
    return made_in


def _make(con: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """Make what a build makes of its other tables; seconds by name."""
    seconds = {}
    for query in made_of_marts():
        begun = time.perf_counter()
        query.create(con)
        seconds[query.name] = time.perf_counter() - begun
    for query in made_of_marts():
        if not query.path.startswith("marts/"):
            con.execute(f"drop table {query.name}")
    return seconds


def _grown(table: str, types: dict[str, str], copies: int, weeks: int) -> str:
    """The query that makes a large table of a small one: names and numbers are our own."""
    if "participant_id" not in types:
        return f"from small.{table}"
    is_weekly = "study_week" in types and not table.startswith("model_")
    turns = -(-weeks // WEEKS) if is_weekly else 1
    changed = {
        name: _changed(name, kind, weeks, is_weekly=is_weekly) for name, kind in types.items()
    }
    columns = ", ".join(
        f"cast({words} as {types[name]}) as {name}" for name, words in changed.items()
    )
    # Follow-ups after the sample's weeks would fall on weeks of the next turn.
    fits = f"study_week < {WEEKS} and study_week + {WEEKS} * turn < {weeks}"
    return (
        f"from small.{table}, (select unnest(range({copies})) as copy), "
        f"(select unnest(range({turns})) as turn) "
        f"select {columns} where {fits if is_weekly else 'true'}"
    )


def _changed(name: str, kind: str, weeks: int, *, is_weekly: bool) -> str:
    """A column of a copy in one of its turns."""
    own = {
        "participant_id": f"if(copy = 0, {name}, {name} || '-' || copy)",
        "weeks_at_risk": f"if({name} >= {WEEKS}, {weeks}, {name})",
        **dict.fromkeys(
            ("occasion_id", "obligation_id", "event_key"), f"concat({name}, '-', copy, '-', turn)"
        ),
    }
    later = f"cast({7 * WEEKS} * turn as integer)"
    weekly = {
        "study_week": f"{name} + {WEEKS} * turn",
        "study_day": f"{name} + {later}",
        "DATE": f"{name} + {later}",
        "TIMESTAMP": f"{name} + to_days({later})",
    }
    found = own.get(name)
    if found is None and is_weekly:
        found = weekly.get(name, weekly.get(kind.partition(" ")[0]))
    return found or name


def measure(app: Dash) -> dict[str, Told]:
    """Every panel of every page, once for each of `SEARCHES`."""
    client = app.server.test_client()
    told: dict[str, Told] = {}
    for page in PAGES:
        told[page.PATH] = one = Told()
        for search in SEARCHES:
            asked = f"?{PERSON}&{search[1:]}" if page.PATH == "/participant" else search
            files = sum(_fetched(client, address) for address in FIRST)
            one.layout.append(_timed(client, app, "page.children", page.PATH, asked))
            taken = []
            for panel in page.PANELS:
                part = f'{{"panel":{json.dumps(panel.id)},"part":"caption"}}'
                taken.append((_timed(client, app, part, page.PATH, asked), panel.id))
            one.answers += taken
            one.paint.append(files + one.layout[-1] + (taken[0][0] if taken else 0))
    return told


def _fetched(client: Any, address: str) -> float:
    begun = time.perf_counter()
    response = client.get(address)
    if response.status_code != HTTPStatus.OK:
        raise SystemExit(f"{address}: {response.status_code}")
    return 1000 * (time.perf_counter() - begun)


def _timed(client: Any, app: Dash, part: str, path: str, search: str) -> float:
    values = {"url.pathname": path, "url.search": search, "build.data": "now"}
    callback = next(one for one in app._callback_list if part in one["output"])
    body = body_of(callback, values)
    begun = time.perf_counter()
    response = client.post("/_dash-update-component", json=body)
    taken = time.perf_counter() - begun
    if response.status_code not in {200, 204}:
        raise SystemExit(f"{part} of {path}{search}: {response.status_code}")
    return 1000 * taken


def lines(told: dict[str, Told]) -> Iterator[str]:
    """The table, in Markdown."""
    yield "| page | panels | first paint p50, ms | p95, ms | panel p50, ms | p95, ms | slowest |"
    yield "|---|---:|---:|---:|---:|---:|---|"
    for path, one in told.items():
        if one.answers:
            yield f"| {path} | {len(one.answers) // len(SEARCHES)} | {_row(one)} |"
    shown = [one for one in told.values() if one.answers]
    every = Told([], [ms for one in shown for ms in one.paint])
    every.answers = [answer for one in told.values() for answer in one.answers]
    over = sum(ms > LIMIT_MS for ms, _ in every.answers)
    yield f"| **all** | {len(every.answers) // len(SEARCHES)} | {_row(every)} |"
    yield f"\n{over} of {len(every.answers)} answers took more than {LIMIT_MS} ms:"
    slow: dict[str, list[float]] = {}
    for ms, name in sorted(every.answers, reverse=True):
        if ms > LIMIT_MS:
            slow.setdefault(name, []).append(ms)
    yield "; ".join(f"{name} {len(some)} (up to {some[0]:,.0f})" for name, some in slow.items())


def _row(one: Told) -> str:
    times = [ms for ms, _ in one.answers]
    slowest = max(one.answers)
    ends = (one.paint, times)
    cells = [cell for some in ends for cell in (statistics.median(some), _high(some))]
    words = " | ".join(f"{cell:,.0f}" for cell in cells)
    return f"{words} | {slowest[1]} ({slowest[0]:,.0f} ms)"


def _high(times: list[float]) -> float:
    return sorted(times)[min(len(times) - 1, int(0.95 * len(times)))]


def main() -> None:
    """Load, grow if asked, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--copies", type=int, default=1, help="of each participant; 93 is 25,110")
    parser.add_argument("--weeks", type=int, default=WEEKS)
    parser.add_argument("--workspace", type=Path, help="keep the files here and use them again")
    parser.add_argument("--browser", action="store_true", help="see the first paint in Chromium")
    args = parser.parse_args()
    study = load_study(STUDY)
    made_in: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(args.workspace or Path(folder))
        if current_mart(workspace) is None:
            refresh(study, workspace)
            if args.copies > 1 or args.weeks > WEEKS:
                made_in = grow(workspace, args.copies, args.weeks)
        app = create_app(study, workspace, local_viewer)
        paths = [page.PATH for page in PAGES if page.PANELS]
        seen = first_paints(app, paths) if args.browser else {}
        told = measure(app)
        build = current_mart(workspace)
        n_bytes = build.stat().st_size if build else 0
    print(f"{270 * args.copies:,} participants, {args.weeks} weeks; DuckDB {duckdb.__version__}\n")
    print("\n".join(lines(told)))
    for path, ms in seen.items():
        print(f"{path}: first panel on show after {ms:,.0f} ms")
    words = "; ".join(f"{name} {seconds:.1f}" for name, seconds in made_in.items())
    print(f"\nThe build's file: {n_bytes / 1e6:,.0f} MB. Made of its other tables, s: {words}.")


if __name__ == "__main__":
    main()
