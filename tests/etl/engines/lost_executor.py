"""A build on two executors of which one is killed in the middle: run by its test, in a process of its own.

    python -m tests.etl.engines.lost_executor STUDY WORKSPACE

It prints the build's file. The executor is found among the processes that this one started.
"""

import os
import signal
import sys
import time
from pathlib import Path

from etl.build import build
from etl.engines.spark import running
from etl.engines.spark_session import SparkPlace
from etl.lake import lake_of
from study.file import load_study
from warehouse.workspace import Workspace

KILLED_AT = "fct_sessions"
CLUSTER = SparkPlace(
    "local-cluster[2,1,512]",
    (
        ("spark.executor.memory", "512m"),
        ("spark.driver.memory", "1g"),
        ("spark.sql.shuffle.partitions", "2"),
        ("spark.sql.codegen.wholeStage", "false"),
        ("spark.sql.codegen.factoryMode", "NO_CODEGEN"),
        ("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"),
        ("spark.executor.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"),
    ),
)


def executors() -> list[int]:
    """Processes of executors that descend from this one."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            is_one = b"CoarseGrainedExecutorBackend" in (folder / "cmdline").read_bytes()
        except OSError:  # It has ended meanwhile.
            continue
        parents[int(folder.name)] = (int(fields[1]), is_one)
    return sorted(pid for pid, (_, is_one) in parents.items() if is_one and _descends(pid, parents))


def _descends(pid: int, parents: dict[int, tuple[int, bool]]) -> bool:
    while pid in parents:
        pid = parents[pid][0]
        if pid == os.getpid():
            return True
    return False


def main() -> None:
    study, workspace = load_study(Path(sys.argv[1])), Workspace(Path(sys.argv[2]))
    lake = lake_of(workspace)
    assert lake is not None
    killed = []

    def kill_one(_step: int, _steps: int, name: str) -> None:
        if name == KILLED_AT:
            there = executors()
            os.kill(there[0], signal.SIGKILL)
            killed.append((there[0], len(there)))

    with running(CLUSTER, lake) as engine:
        began = time.monotonic()
        built = build(study, workspace, engine=engine, progress=kill_one)
        took = time.monotonic() - began
        sys.stderr.write(f"killed {killed} and built in {took:.0f} s\n")
    [(_, n_there)] = killed
    assert n_there == 2
    sys.stdout.write(f"{built.path}\n")


if __name__ == "__main__":
    main()
