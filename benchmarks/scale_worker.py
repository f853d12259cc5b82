"""One stage in a process of its own, `python -m benchmarks.scale_worker STAGE DIR ENGINE MASTER`.

Prints, as JSON on the last line, seconds, processor seconds and the most memory of this process
and of those that it started, what was written to disk, and the slowest steps.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.load_worker import study
from etl.build import build
from etl.engines.choice import EngineWish, chosen, settle_lake
from etl.engines.spark_session import place_of
from etl.lake import keep_lake
from etl.load import load
from warehouse.workspace import Workspace

SHOWN = 4


def loaded(folder: Path, _: EngineWish) -> dict[str, float]:
    """Our load; nothing is lost, or the benchmark stops."""
    outcome = load(study(folder), Workspace(folder / "workspace"))
    assert not outcome.failed, outcome.failed
    return {}


def in_lake(folder: Path, _: EngineWish) -> dict[str, float]:
    """Events as Parquet by month, in a folder beside the workspace."""
    workspace = Workspace(folder / "workspace")
    settle_lake(workspace, EngineWish(lake=folder / "lake"))
    keep_lake(workspace)
    return {}


def built(folder: Path, wish: EngineWish) -> dict[str, float]:
    """Every mart, in full; seconds by step."""
    workspace = Workspace(folder / "workspace")
    begun: list[tuple[str, float]] = []

    def tell(_place: int, _n_steps: int, name: str) -> None:
        begun.append((name, time.perf_counter()))

    with chosen(wish, workspace) as engine:
        build(study(folder), workspace, full=True, engine=engine, progress=tell)
    ends = [at for _, at in begun[1:]] + [time.perf_counter()]
    return {name: end - at for (name, at), end in zip(begun, ends, strict=True)}


ACTIONS: dict[str, Callable[[Path, EngineWish], dict[str, float]]] = {
    "load": loaded,
    "lake": in_lake,
    "build": built,
}


def used() -> tuple[float, float]:
    """Processor seconds, and megabytes at most, of this process and of all that it started.

    Spark's machine runs on after its work and is asked about itself; the most that each had is
    added up, as they are there at the same time.
    """
    own, ended = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    seconds = sum(one.ru_utime + one.ru_stime for one in (own, ended))
    running = [_asked(pid) for pid in _started_by(os.getpid())]
    peak = own.ru_maxrss + sum(kilobytes for _, kilobytes in running)
    return seconds + sum(each for each, _ in running), max(peak, ended.ru_maxrss) / 1024


def _started_by(pid: int) -> Iterator[int]:
    """Processes that one started and that still run, theirs included (Linux; elsewhere none)."""
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, listed.read_text().split()):
            yield child
            yield from _started_by(child)


def _asked(pid: int) -> tuple[float, int]:
    """Processor seconds and the most kilobytes of a running process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    status = Path(f"/proc/{pid}/status").read_text()
    most = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return ticks / os.sysconf("SC_CLK_TCK"), int(most.split()[1])


def held(folder: Path) -> float:
    """Megabytes of what was made in a folder, the export left out."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in files if path.parent != folder) / 1e6


def main() -> None:
    """Run one stage."""
    stage, folder, engine, master, *settings = sys.argv[1:]
    place = place_of(master, tuple(settings)) if engine == "spark" else None
    wish = EngineWish("spark" if place else "duckdb", place)
    before, began = held(Path(folder)), time.perf_counter()
    steps = ACTIONS[stage](Path(folder), wish)
    seconds = time.perf_counter() - began
    slowest = sorted(steps.items(), key=lambda step: -step[1])[:SHOWN]
    cpu_seconds, peak = used()
    print(
        json.dumps(
            {
                "seconds": seconds,
                "cpu_seconds": cpu_seconds,
                "peak_mb": peak,
                "written_mb": held(Path(folder)) - before,
                "slowest": ", ".join(f"{name} {took:.1f}" for name, took in slowest),
            }
        )
    )


if __name__ == "__main__":
    main()
