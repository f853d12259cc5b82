"""What must be true of the whole repository."""

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("access", "dashboard", "etl", "models", "queries", "sample_data", "study", "warehouse")
CODE = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in CODE
    if path.name != "__init__.py"
]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_the_packages_have_code():
    assert len(CODE) > 30


# One test over all files: one a file takes longer than what it asks.
def test_files_are_short():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in CODE}
    assert [relative(path) for path, n_lines in lengths.items() if n_lines > 400] == []


def test_files_are_named_after_what_they_hold():
    names = {"utils", "helpers", "common", "misc"}
    assert [relative(path) for path in CODE if path.stem in names] == []


HOMES = {"app": "nobody", "dash": "dashboard", "plotly": "dashboard", "statsmodels": "models"}
"""By library the only folder that imports it; nothing imports the command line."""


def test_libraries_stay_in_their_folders():
    strays = [
        f"{relative(path)} imports {name}"
        for path in CODE
        for name in sorted(imported(path) & HOMES.keys())
        if relative(path).split("/")[0] != HOMES[name]
    ]
    assert strays == []


def test_only_the_warehouse_opens_a_database():
    openers = [
        relative(path)
        for path in CODE
        if re.search(r"\bduckdb\.connect\(", path.read_text(encoding="utf-8"))
    ]
    assert openers == ["warehouse/connect.py"]


PROBE = """
import importlib, sys
sys.path.insert(0, {root!r})
import statsmodels.api, statsmodels.formula.api, dash, plotly, polars, duckdb, pyarrow, requests
touched = []
def hook(event, args):
    if event in ("socket.connect", "socket.bind", "subprocess.Popen"):
        touched.append((event, str(args)[:80]))
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        touched.append((event, str(args[0])))
sys.dont_write_bytecode = True
sys.addaudithook(hook)
for name in {modules!r}:
    importlib.import_module(name)
print(*touched, sep="\\n")
"""


def test_nothing_happens_at_import():
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(root=str(ROOT), modules=MODULES)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == ""


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        return [path for path in ROOT.rglob("*.py") if "/.venv" not in path.as_posix()]
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


# Written in pieces, so that this file does not match itself.
ELSEWHERE = re.compile("|".join(["pypi" + r"\.org", "python" + "hosted", "registry" + r"\.npm"]))


def test_no_file_names_a_package_index():
    named = [
        relative(path)
        for path in tracked()
        if path.suffix not in {".gz", ".png", ".parquet"}
        and ELSEWHERE.search(path.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert named == []
