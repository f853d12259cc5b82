"""The processes that serve the dashboard: to this machine without accounts, or to a team with."""

import errno
import logging
import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from waitress import create_server

from access import accounts
from access.state.store import State, open_if_kept, open_state
from access.viewer import local_viewer
from access.web import settings as web
from access.web.limits import LARGEST_REQUEST
from access.web.secret_key import secret_key
from access.web.settings import WebSettings, is_loopback
from dashboard.factory import create_app
from study.definition import Study
from study.errors import UserError
from warehouse.publish import current_mart
from warehouse.reader import LEAST_ARMS
from warehouse.workspace import Workspace

THREADS = 8
MOST_WORKERS = 4
IDLE_CONNECTION_S = 60


@dataclass(frozen=True)
class Serving:
    """Where and how to serve, as the command line says it.

    `workers` None takes one process a core, up to `MOST_WORKERS`. `access_file` None takes the
    workspace's own access.toml, where there is one.
    """

    host: str = "127.0.0.1"
    port: int = 8050
    workers: int | None = None
    threads: int = THREADS
    is_behind_proxy: bool = False
    access_file: Path | None = None

    @property
    def processes(self) -> int:
        """How many worker processes there are, where people sign in."""
        return self.workers or min(MOST_WORKERS, os.cpu_count() or 1)


def serve(study: Study, workspace: Workspace, serving: Serving) -> None:
    """Serve until interrupted: with sign-in as soon as there is an account, or a provider of them.

    Raises
    ------
    UserError
        If the port is taken, or whoever can reach the dashboard could see what is not for them.
    """
    if not people_sign_in(workspace, serving):
        refuse_open(serving)
        _serve_locally(study, workspace, serving)
        return
    refuse_unencrypted(serving)
    refuse_without_masked(study, workspace)
    settings = web_settings(workspace, serving)
    if not hasattr(os, "fork"):
        _serve_in_one_process(study, workspace, serving, settings)
        return
    from dashboard.production import run

    place = listening(serving.host, serving.port)
    _say(study, serving, "people sign in")
    run(study, workspace, settings, place, workers=serving.processes, threads=serving.threads)


def people_sign_in(workspace: Workspace, serving: Serving) -> bool:
    """Whether anybody could sign in. No file is made just by asking.

    Raises
    ------
    UserError
        If access.toml or the state cannot be used.
    """
    _, read = _access_file(workspace, serving)
    state = open_if_kept(workspace)
    if read.oidc is not None or state is None:
        return read.oidc is not None
    try:
        return accounts.has_accounts(state)
    finally:
        state.close()  # worker processes open their own


def web_settings(workspace: Workspace, serving: Serving) -> WebSettings:
    """How the dashboard is reached and who signs people in; the key is made where there is none.

    Raises
    ------
    UserError
        If access.toml, the provider's secret or the key cannot be used.
    """
    file, read = _access_file(workspace, serving)
    workspace.require_writable()
    return WebSettings(
        is_behind_proxy=serving.is_behind_proxy,
        hosts=read.hosts,
        provider=read.oidc,
        secret_key=secret_key(workspace.root),
        provider_secret=None if read.oidc is None else web.provider_secret(file, read.oidc),
    )


def _access_file(workspace: Workspace, serving: Serving) -> tuple[Path, web.AccessFile]:
    file = serving.access_file or workspace.root / web.FILE_NAME
    if serving.access_file is None and not file.exists():
        return file, web.AccessFile()
    return file, web.read_access_file(file)


def refuse_open(serving: Serving) -> None:
    """Without accounts, serve nobody but this machine.

    Raises
    ------
    UserError
        With what to do instead.
    """
    if is_loopback(serving.host) and not serving.is_behind_proxy:
        return
    raise UserError(
        "There are no accounts: everybody who can reach the dashboard would see everything. Add "
        "one first: rapport user add NAME --role admin. Or serve this machine only: leave --host "
        "and --behind-proxy out."
    )


def refuse_unencrypted(serving: Serving) -> None:
    """Let no password travel readable.

    Raises
    ------
    UserError
        With what to do instead.
    """
    if is_loopback(serving.host) or serving.is_behind_proxy:
        return
    raise UserError(
        f"At {serving.host} passwords and data would travel readable for everybody on the way. Put "
        "a proxy that speaks TLS in front and say so: --behind-proxy. "
        "docs/how-to/serve-a-team.md shows how."
    )


def refuse_without_masked(study: Study, workspace: Workspace) -> None:
    """Let nobody sign in to find nothing: masked roles read a build of their own.

    Only files are looked at: a database that is open here would not outlive the fork of workers.

    Raises
    ------
    UserError
        If there is an open build and arms to mask, but no masked build.
    """
    has_arms = len(study.arms) >= LEAST_ARMS
    masked = workspace.edition("masked")
    if has_arms and current_mart(workspace) is not None and current_mart(masked) is None:
        raise UserError(
            "The masked edition, which does not show arms, was not built yet, and most roles read "
            "no other. Run: rapport load --masked"
        )


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens at a port; 0 takes a free one.

    Raises
    ------
    UserError
        If the port is taken or not allowed, or the address is not this machine's.
    """
    try:
        return socket.create_server((host, port), backlog=256)
    except OSError as error:
        raise _not_served(error, host, port) from error


def _not_served(error: OSError, host: str, port: int) -> Exception:
    """An error that says what to do, or the error itself where nobody could know."""
    if error.errno == errno.EACCES:
        return UserError(
            f"This account may not serve at port {port}. Choose one from 1024: --port 8050"
        )
    if error.errno == errno.EADDRINUSE:
        return UserError(
            f"Port {port} is in use on this machine. Stop what runs there, or choose another: "
            f"--port {port + 1}"
        )
    if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return UserError(f"{host} is not an address of this machine. Try: --host 127.0.0.1")
    return error


def _serve_locally(study: Study, workspace: Workspace, serving: Serving) -> None:
    app = create_app(study, workspace, local_viewer)
    _run_threads(app.server, study, serving, "open to everyone at this machine")


def _serve_in_one_process(
    study: Study, workspace: Workspace, serving: Serving, settings: WebSettings
) -> None:
    """With accounts, where processes cannot be forked."""
    from access.web.current import viewer

    state: State = open_state(workspace)
    app = create_app(study, workspace, viewer, state, settings)
    _run_threads(app.server, study, serving, "people sign in")


def _run_threads(wsgi: object, study: Study, serving: Serving, who: str) -> None:
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    try:
        server = create_server(
            wsgi,
            host=serving.host,
            port=serving.port,
            threads=serving.threads,
            channel_timeout=IDLE_CONNECTION_S,
            max_request_body_size=LARGEST_REQUEST,
            ident=None,
        )
    except OSError as error:
        raise _not_served(error, serving.host, serving.port) from error
    _say(study, serving, who)
    server.run()


def _say(study: Study, serving: Serving, who: str) -> None:
    sys.stdout.write(
        f"{study.study.title}\nServing at http://{serving.host}:{serving.port}, {who} "
        "(stop with Ctrl-C)\n"
    )
    sys.stdout.flush()  # into a pipe too: whoever waits for the address gets it now
