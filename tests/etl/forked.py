"""Code that runs in a process of its own, which may die or be refused what tests are not.

A process that has imported the product once is forked for each: to import it anew takes longer than
most loads of these tests.
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from pathlib import Path

_FORKS = multiprocessing.get_context("forkserver")
# Imported only, never used: no thread of a library is at work when it is forked.
_FORKS.set_forkserver_preload(
    ["pytest", "etl.pipeline", "tests.etl.faults.harm", "tests.etl.load_study"]
)


def run_code(code: str, *words: str) -> subprocess.CompletedProcess[str]:
    """What `python -c code words...` says and ends with; killed by a signal as its negative."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        child = _FORKS.Process(target=_run, args=(code, words, out, err))
        child.start()
        child.join()
        code_of_exit = child.exitcode
        child.close()
        assert code_of_exit is not None
        return subprocess.CompletedProcess(
            words, code_of_exit, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")
        )


def _run(code: str, words: tuple[str, ...], out: Path, err: Path) -> None:
    for path, number in ((out, 1), (err, 2)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.dup2(file, number)
        os.close(file)
    sys.argv = ["-c", *words]
    exec(compile(code, "<code>", "exec"), {"__name__": "__main__"})  # a test's own
