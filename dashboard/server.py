"""The process that serves the dashboard, to this machine only."""

import errno
import logging
import sys
from collections.abc import Callable

from waitress import create_server

from access.viewer import Viewer
from dashboard.factory import create_app
from study.definition import Study
from study.errors import UserError
from warehouse.workspace import Workspace

HOST = "127.0.0.1"
THREADS = 8


def serve(study: Study, workspace: Workspace, viewer: Callable[[], Viewer], port: int) -> None:
    """Serve until interrupted.

    Raises
    ------
    UserError
        If the port is taken.
    """
    app = create_app(study, workspace, viewer)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    try:
        server = create_server(app.server, host=HOST, port=port, threads=THREADS)
    except OSError as error:
        if error.errno == errno.EACCES:
            raise UserError(
                f"This account may not serve at port {port}. Choose one from 1024: --port 8050"
            ) from error
        if error.errno != errno.EADDRINUSE:
            raise
        raise UserError(
            f"Port {port} is in use on this machine. Stop what runs there, or choose another: "
            f"--port {port + 1}"
        ) from error
    sys.stdout.write(f"{study.study.title}\nServing at http://{HOST}:{port} (stop with Ctrl-C)\n")
    sys.stdout.flush()  # into a pipe too: whoever waits for the address gets it now
    server.run()
