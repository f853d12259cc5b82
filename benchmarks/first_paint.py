"""When a page first shows something useful, as Chromium sees it."""

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from dash import Dash
from playwright.sync_api import sync_playwright
from waitress.server import create_server

CHROMIUM = os.environ.get("RAPPORT_CHROMIUM", "/usr/bin/chromium")
USEFUL = "document.querySelector('.panel-body.is-ready, .panel-body.is-empty') !== null"
"""A panel shows its answer, or why there is none."""
PATIENCE_MS = 60_000


def first_paints(app: Dash, paths: Iterable[str]) -> dict[str, float]:
    """Milliseconds from an address to the first panel that shows its answer, by path.

    Each page is opened in a browser that has been there before: scripts and styles are kept, as for
    whoever comes back.
    """
    found = {}
    with _served(app) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        for path in ("/", *paths):
            page.goto("about:blank")
            page.goto(f"{address}{path}", wait_until="commit")
            page.wait_for_function(USEFUL, polling="raf")
            found[path] = float(page.evaluate("performance.now()"))
        browser.close()
    return found


@contextmanager
def _served(app: Dash) -> Iterator[str]:
    server = create_server(app.server, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    server.task_dispatcher.shutdown()
    thread.join(timeout=5)
