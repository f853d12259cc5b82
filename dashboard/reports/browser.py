"""Chromium, where the machine has one: it draws charts once and prints pages, and shows nothing.

It is started for one task with a profile of its own, which goes with it, and without a network.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from study.errors import UserError

VARIABLE = "RAPPORT_CHROMIUM"
"""Names the program to use; empty, none is used."""
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_MORE_NAMES = ("microsoft-edge", "msedge", "brave-browser")
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
LONGEST_TASK_S = 90.0
_ALWAYS = (
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
    # What is printed is one file; whatever it might name elsewhere is not fetched.
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
_PATIENCE_MS = 60_000
"""Of the page's own clock, which runs as fast as the page has something to do."""
NOT_FOUND = (
    "Making a PDF needs Chromium, Chrome or Edge, and none was found on this machine. Install one "
    "(Debian and Ubuntu: apt install chromium), or name it: RAPPORT_CHROMIUM=/path/to/chromium. "
    "The HTML report needs none: open it in any browser and print it from there."
)


class BrowserFailedError(UserError):
    """The browser was started and did not do what it was asked for."""


def find() -> Path | None:
    """The program to use, or None: the one that RAPPORT_CHROMIUM names, else what is installed.

    Raises
    ------
    UserError
        If RAPPORT_CHROMIUM names nothing that is there.
    """
    named = os.environ.get(VARIABLE)
    if named is not None:
        return _named(named)
    found = next(filter(None, map(shutil.which, (*_NAMES, *_MORE_NAMES))), None)
    places = [found] if found else [place for place in _PLACES if Path(place).is_file()]
    return Path(places[0]) if places else None


def _named(named: str) -> Path | None:
    if not named.strip():
        return None
    found = shutil.which(named)
    if found is None:
        raise UserError(f"{VARIABLE} names {named}, which is no program on this machine.")
    return Path(found)


def required() -> Path:
    """The program to use.

    Raises
    ------
    UserError
        If there is none, with what to install.
    """
    program = find()
    if program is None:
        raise UserError(NOT_FOUND)
    return program


def page_after_scripts(program: Path, page: str) -> str:
    """The text of a page after its scripts have run.

    Raises
    ------
    BrowserFailedError
        If the browser ends with an error or takes too long.
    """
    with tempfile.TemporaryDirectory(prefix="rapport-") as folder:
        file = Path(folder, "page.html")
        file.write_text(page, encoding="utf-8")
        asked = ("--dump-dom", f"--virtual-time-budget={_PATIENCE_MS}", file.as_uri())
        return _run(program, folder, asked)


def printed(program: Path, page: str) -> bytes:
    """A page as PDF, on the paper and with the margins that its own style names.

    Raises
    ------
    BrowserFailedError
        If the browser ends with an error, takes too long or prints nothing.
    """
    with tempfile.TemporaryDirectory(prefix="rapport-") as folder:
        file, pdf = Path(folder, "page.html"), Path(folder, "page.pdf")
        file.write_text(page, encoding="utf-8")
        asked = (
            f"--print-to-pdf={pdf}",
            "--no-pdf-header-footer",
            "--generate-pdf-document-outline",
            file.as_uri(),
        )
        _run(program, folder, asked)
        if not pdf.is_file():
            raise BrowserFailedError(f"{program.name} was asked for a PDF and wrote none.")
        return pdf.read_bytes()


def _run(program: Path, folder: str, asked: Sequence[str]) -> str:
    """What the browser writes to standard output; its own complaints are not passed on.

    It and whatever it started are ended when it takes too long.
    """
    own = [f"--user-data-dir={Path(folder, 'profile')}", *_sandbox()]
    process = subprocess.Popen(
        [str(program), *_ALWAYS, *own, *asked],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        encoding="utf-8",
        start_new_session=os.name == "posix",
    )
    try:
        out, _ = process.communicate(timeout=LONGEST_TASK_S)
    except subprocess.TimeoutExpired as error:
        raise BrowserFailedError(
            f"{program.name} took longer than {LONGEST_TASK_S:.0f} s and was ended. Choose fewer "
            "participants or weeks, or make the report when the machine is less busy."
        ) from error
    finally:
        _end(process)
    if process.returncode != 0:
        raise BrowserFailedError(
            f"{program.name} ended with {process.returncode} and no report. Where its sandbox is "
            f"not allowed, as in many containers, let {VARIABLE} name a script that starts it with "
            "--no-sandbox; to do without it, make HTML with RAPPORT_CHROMIUM= (empty)."
        )
    return out


def _sandbox() -> list[str]:
    """Chromium does not start as root with its sandbox on."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return ["--no-sandbox"] if is_root else []


def _end(process: "subprocess.Popen[str]") -> None:
    """Nothing of it is left, whatever happened."""
    if process.poll() is None:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.communicate()
