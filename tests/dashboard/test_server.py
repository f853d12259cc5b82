"""The server says in a line why it cannot serve."""

import errno

import pytest

from access.viewer import local_viewer
from dashboard import server
from study.errors import UserError
from tests.dashboard.mart_fixture import example_study
from warehouse.workspace import Workspace


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.EADDRINUSE, r"Port 80 is in use .* --port 81"),
        (errno.EACCES, "may not serve at port 80"),
    ],
    ids=["taken", "not allowed"],
)
def test_a_port_that_cannot_be_had_is_named_with_a_way_out(tmp_path, monkeypatch, code, words):
    def refuse(*_args, **_settings):
        raise OSError(code, "refused")

    monkeypatch.setattr(server, "create_server", refuse)
    with pytest.raises(UserError, match=words):
        server.serve(example_study(), Workspace(tmp_path), local_viewer, 80)
