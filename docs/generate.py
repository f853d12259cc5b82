"""Write the reference pages from the code, or say which are out of date.

Run `make docs` after a change; `make check` runs it with --check.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from docs.pages import cli, findings, formats, instruments, principles, rules, study_file, tables

REFERENCE = Path(__file__).parent / "reference"
NOTE = "<!-- Generated from the code by `make docs`: change the code, not this page. -->\n\n"

PAGES: dict[str, Callable[[], str]] = {
    "cli.md": cli.page,
    "findings.md": findings.page,
    "formats.md": formats.page,
    "instruments.md": instruments.page,
    "principles.md": principles.page,
    "rules.md": rules.page,
    "study-file.md": study_file.page,
    "tables.md": tables.page,
}


def stale() -> list[str]:
    """Names of the pages whose file differs from what the code says now."""
    return [name for name, page in PAGES.items() if _read(name) != NOTE + page()]


def write() -> None:
    """Write every page."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(NOTE + page(), encoding="utf-8")


def _read(name: str) -> str:
    path = REFERENCE / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


def main() -> int:
    """Write, or with --check compare; the exit code is 1 where a page is out of date."""
    if "--check" not in sys.argv[1:]:
        write()
        return 0
    old = stale()
    if old:
        sys.stderr.write(f"Out of date in docs/reference: {', '.join(old)}. Run: make docs\n")
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())
