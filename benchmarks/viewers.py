"""Fifty people who are signed in and click through the sample study while a new build is published.

Run with `python -m benchmarks.viewers --minutes 5`. It loads the sample study into a folder of its
own, makes accounts of several roles, starts `rapport serve` with its worker processes, and sends
what browsers send: the page, its layout, a callback for each panel, now and then a download. In the
middle of it, `rapport load --full` builds and publishes anew. Seconds differ between machines, and
the clients share this one with the server; that nothing fails must not differ.
"""

import argparse
import os
import random
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import requests

from access import accounts
from access.state.store import open_state
from access.viewer import Role
from benchmarks.viewer_clicks import Clicks
from warehouse.workspace import Workspace

ROOT = Path(__file__).parents[1]
STUDY = ROOT / "sample_data" / "harbour"
PAGES: dict[Role, tuple[str, ...]] = {
    "statistician": ("/", "/adherence", "/data", "/features", "/alliance", "/models"),
    "trial": ("/", "/adherence", "/data", "/alliance"),
    "designer": ("/", "/features", "/alliance", "/models"),
}
Person = tuple[str, str, Role]
"""Account, password and role."""
ARRIVE_WITHIN_S = 20
FILTERS = ("", "", "?site=london", "?site=bath", "?from=2&to=8", "?dimension=use")


@dataclass
class Tally:
    """What was asked, by kind: seconds of what was answered, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    builds: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def timed(self, kind: str, ask: Callable[[], requests.Response]) -> requests.Response | None:
        """Ask, and note how long it took or what was wrong; None where there is no good answer."""
        begun = time.perf_counter()
        try:
            reply = ask()
        except requests.RequestException as error:
            return self._wrong(f"{kind}: {type(error).__name__}")
        if not reply.ok:
            return self._wrong(f"{kind}: {reply.status_code} at {reply.url.partition('?')[0]}")
        if "could not be drawn" in reply.text:
            return self._wrong(f"{kind}: a panel broke")
        with self.lock:
            self.seconds[kind].append(time.perf_counter() - begun)
        return reply

    def _wrong(self, what: str) -> None:
        with self.lock:
            self.errors[what] += 1

    def lines(self) -> list[str]:
        """One line a kind: requests, median and 95th percentile in ms."""
        shown = [f"{'kind':12} {'requests':>9} {'p50 ms':>8} {'p95 ms':>8}"]
        every = {**self.seconds, "all": [s for all_ in self.seconds.values() for s in all_]}
        for kind, seconds in every.items():
            cuts = statistics.quantiles(seconds, n=20) if len(seconds) > 1 else seconds * 19
            middle = statistics.median(seconds) if seconds else float("nan")
            shown.append(
                f"{kind:12} {len(seconds):9,} {middle * 1000:8,.0f} {cuts[18] * 1000:8,.0f}"
                if seconds
                else f"{kind:12} {0:9}"
            )
        return shown


def watch(address: str, who: Person, until: float, think: float, tally: Tally) -> None:
    """One viewer: sign in, then page after page."""
    name, password, role = who
    chance = random.Random(name)
    clicks = Clicks(address, tally.timed)
    time.sleep(chance.uniform(0, ARRIVE_WITHIN_S))
    if not clicks.sign_in(name, password):
        return
    while time.monotonic() < until:
        build = clicks.open(chance.choice(PAGES[role]), chance.choice(FILTERS))
        if build is not None:
            with tally.lock:
                tally.builds.add(build)
        if chance.random() < 0.1:
            clicks.download(chance)
        time.sleep(chance.uniform(0.5, 1.5) * think)


def people(workspace: Workspace, n: int) -> list[Person]:
    """Accounts of the roles in turn, with a password each."""
    roles = list(PAGES)
    state = open_state(workspace)
    made = []
    for number in range(n):
        role = roles[number % len(roles)]
        name, password = f"v{secrets.token_hex(3)}-{number:02}", secrets.token_urlsafe(12)
        accounts.add(state, name, role, password=password, by="benchmark")
        made.append((name, password, role))
    state.close()
    return made


def rapport(*words: str) -> subprocess.Popen[str]:
    """The command line, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "app.py"), *words],
        cwd=ROOT,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        text=True,
        stdout=subprocess.DEVNULL,
    )


def wait_for(address: str, server: subprocess.Popen[str]) -> None:
    """Until it answers."""
    for _ in range(600):
        if server.poll() is not None:
            sys.exit("the server did not start")
        try:
            requests.get(f"{address}/health", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.2)
        else:
            return
    sys.exit("the server did not answer within two minutes")


def run(args: argparse.Namespace, folder: Path) -> int:
    """Load, serve, click, publish; how many requests failed."""
    place = Workspace(folder)
    words = ("--workspace", str(folder))
    if not place.edition("masked").current.exists():
        loads = [("demo", "--no-serve"), ("load", str(STUDY), "--masked")]
        if any(rapport(*load, *words).wait() != 0 for load in loads):
            sys.exit("the sample study could not be loaded")
    who = people(place, args.viewers)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    address = f"http://127.0.0.1:{port}"
    served = ("--port", port, "--workers", str(args.workers), "--threads", str(args.threads))
    server = rapport("serve", str(STUDY), *words, *served)
    tally = Tally()
    try:
        wait_for(address, server)
        until = time.monotonic() + 60 * args.minutes
        viewers = [
            threading.Thread(target=watch, args=(address, one, until, args.think, tally))
            for one in who
        ]
        for viewer in viewers:
            viewer.start()
        time.sleep(30 * args.minutes)
        published = rapport("load", str(STUDY), *words, "--full", "--no-fit").wait()
        for viewer in viewers:
            viewer.join()
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)
    print(f"{args.viewers} viewers, {args.minutes:g} minutes, {args.think:g} s between pages;")
    print(f"{args.workers} processes of {args.threads} threads on {os.cpu_count()} cores")
    print(*tally.lines(), sep="\n")
    print(f"published meanwhile: {'a new build' if published == 0 else 'NOTHING, the load failed'}")
    print(f"builds seen: {len(tally.builds)}")
    wrong = tally.errors.total()
    print(f"errors: {wrong}", *(f"  {n} x {what}" for what, n in tally.errors.items()), sep="\n")
    return wrong + (published != 0)


def main() -> None:
    """Print requests, errors and times; fail if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--think", type=float, default=5.0, help="seconds between two pages")
    parser.add_argument("--workers", type=int, default=min(4, os.cpu_count() or 1))
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--keep", type=Path, help="folder for the workspace, used again if there")
    args = parser.parse_args()
    if args.keep is not None:
        sys.exit(run(args, args.keep.resolve()) > 0)
    with tempfile.TemporaryDirectory() as name:
        sys.exit(run(args, Path(name, "workspace")) > 0)


if __name__ == "__main__":
    main()
