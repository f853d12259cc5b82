"""Worker processes for a team: gunicorn, each process with an application of its own."""

import os
import socket
from typing import Any

from gunicorn.app.base import BaseApplication

from access.state.store import open_state
from access.web import current
from access.web.settings import WebSettings
from dashboard.factory import create_app
from study.definition import Study
from warehouse.workspace import Workspace

SILENT_WORKER_S = 60
"""A process that gives no sign of life for so long is ended and another started."""
LAST_REQUESTS_S = 30
IDLE_CONNECTION_S = 75
"""Longer than browsers and proxies keep one: who closes first must not be who is being asked."""
LONGEST_ADDRESS = 8190
"""Bytes of a request's first line: choosing all of many sites and cohorts makes long ones."""


class _Workers(BaseApplication):
    """Gunicorn without its command line and configuration files."""

    def __init__(
        self, study: Study, workspace: Workspace, web: WebSettings, options: dict[str, Any]
    ) -> None:
        self._study = study
        self._workspace = workspace
        self._web = web
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Take the options as they are."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, made in each worker after the fork.

        A handle of DuckDB, or a connection to the state, must not be shared by processes.
        """
        state = open_state(self._workspace)
        app = create_app(self._study, self._workspace, current.viewer, state, self._web)
        return app.server


def run(
    study: Study,
    workspace: Workspace,
    settings: WebSettings,
    place: socket.socket,
    *,
    workers: int,
    threads: int,
) -> None:
    """Serve at a listening socket until interrupted."""
    os.set_inheritable(place.fileno(), True)
    options = {
        "bind": f"fd://{place.fileno()}",
        "workers": workers,
        "threads": threads,
        "worker_class": "gthread",
        "preload_app": False,
        "timeout": SILENT_WORKER_S,
        "graceful_timeout": LAST_REQUESTS_S,
        "keepalive": IDLE_CONNECTION_S,
        "limit_request_line": LONGEST_ADDRESS,
        # The application itself believes the proxy's headers, or does not.
        "forwarded_allow_ips": "",
        "secure_scheme_headers": {},
        "control_socket_disable": True,
        "loglevel": "warning",
        "proc_name": "rapport",
    }
    _Workers(study, workspace, settings, options).run()
