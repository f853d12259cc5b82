"""Whom the server serves, and what it says where it cannot."""

import errno
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from access import accounts
from access.state.store import State
from dashboard import server
from dashboard.server import Serving
from study.errors import UserError
from study.file import load_study
from tests.dashboard.mart_fixture import example_study
from warehouse.publish import new_build_path, publish
from warehouse.workspace import Workspace

ROOT = Path(__file__).parents[2]
PASSWORD = "seven kind walruses"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def with_accounts(workspace: Workspace) -> Workspace:
    workspace.require_writable()
    state = State.open(workspace.state_path)
    accounts.add(state, "stan", "statistician", password=PASSWORD, by="test")
    state.close()
    return workspace


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.EADDRINUSE, r"Port 80 is in use .* --port 81"),
        (errno.EACCES, "may not serve at port 80"),
        (errno.EADDRNOTAVAIL, "not an address of this machine"),
    ],
    ids=["taken", "not allowed", "not ours"],
)
@pytest.mark.parametrize("who", ["alone", "a team"])
def test_a_port_that_cannot_be_had_is_named_with_a_way_out(
    request, tmp_path, monkeypatch, code, words, who
):
    def refuse(*_args, **_settings):
        raise OSError(code, "refused")

    place = Workspace(tmp_path)
    if who == "a team":
        place = request.getfixturevalue("with_accounts")
    monkeypatch.setattr(server, "create_server", refuse)
    monkeypatch.setattr(server.socket, "create_server", refuse)
    with pytest.raises(UserError, match=words):
        server.serve(example_study(), place, Serving(port=80))


@pytest.mark.parametrize(
    "serving",
    [
        Serving(host="0.0.0.0"),
        Serving(host="192.0.2.7"),
        Serving(host="::"),
        Serving(is_behind_proxy=True),
        Serving(host="0.0.0.0", is_behind_proxy=True),
    ],
    ids=str,
)
def test_without_accounts_nobody_but_this_machine_is_served(workspace, serving):
    with pytest.raises(UserError, match=r"no accounts.*rapport user add"):
        server.serve(example_study(), workspace, serving)
    assert not workspace.root.exists(), "asking made files"


def test_a_team_is_not_served_before_there_is_a_masked_build(with_accounts):
    study = load_study(ROOT / "sample_data" / "tiny")
    server.refuse_without_masked(study, with_accounts)  # nothing is loaded: the pages say so
    mart = new_build_path(with_accounts)
    mart.touch()
    publish(with_accounts, mart)
    with pytest.raises(UserError, match="rapport load --masked"):
        server.serve(study, with_accounts, Serving())
    server.refuse_without_masked(study.model_copy(update={"arms": study.arms[:1]}), with_accounts)
    masked = with_accounts.edition("masked")
    other = new_build_path(masked)
    other.touch()
    publish(masked, other)
    server.refuse_without_masked(study, with_accounts)


def test_accounts_that_are_all_disabled_are_none(with_accounts):
    state = State.open(with_accounts.state_path)
    accounts.disable(state, "stan", by="test")
    state.close()
    with pytest.raises(UserError, match="no accounts"):
        server.serve(example_study(), with_accounts, Serving(host="0.0.0.0"))


def test_passwords_do_not_travel_readable(with_accounts):
    with pytest.raises(UserError, match=r"readable.*--behind-proxy"):
        server.serve(example_study(), with_accounts, Serving(host="0.0.0.0"))


def test_a_provider_is_as_good_as_an_account(workspace):
    workspace.require_writable()
    (workspace.root / "access.toml").write_text(
        '[oidc]\nissuer = "https://login.example.org"\nclient_id = "x"\nrole_claim = "r"\n'
        'roles = { a = "designer" }\n'
    )
    assert server.people_sign_in(workspace, Serving())
    with pytest.raises(UserError, match="readable"):
        server.serve(example_study(), workspace, Serving(host="0.0.0.0"))
    with pytest.raises(UserError, match="names a provider but no secret"):
        server.web_settings(workspace, Serving())


def test_an_access_file_that_is_named_must_be_there(workspace):
    with pytest.raises(UserError, match="cannot be read"):
        server.people_sign_in(workspace, Serving(access_file=Path("nowhere.toml")))


class Caught:
    """Stands for the server of threads: keeps the application, and serves nobody."""

    def __init__(self, application, **settings):
        self.application = application
        self.settings = settings
        self.server_runs = 0

    def run(self) -> None:
        self.server_runs += 1


@pytest.fixture
def caught(monkeypatch) -> list[Caught]:
    made: list[Caught] = []

    def create(application, **settings):
        made.append(Caught(application, **settings))
        return made[-1]

    monkeypatch.setattr(server, "create_server", create)
    return made


def test_without_accounts_everyone_at_this_machine_sees_everything(workspace, caught, capsys):
    server.serve(example_study(), workspace, Serving(port=8123))
    assert caught[0].server_runs == 1
    assert (caught[0].settings["host"], caught[0].settings["port"]) == ("127.0.0.1", 8123)
    assert caught[0].application.test_client().get("/").status_code == 200
    assert "http://127.0.0.1:8123, open to everyone at this machine" in capsys.readouterr().out
    assert not workspace.state_path.exists()


def test_where_processes_cannot_be_forked_one_asks_for_sign_in(
    with_accounts, caught, capsys, monkeypatch
):
    monkeypatch.delattr(os, "fork", raising=False)
    server.serve(example_study(), with_accounts, Serving())
    reply = caught[0].application.test_client().get("/")
    assert (reply.status_code, reply.location) == (302, "/sign-in")
    assert "people sign in" in capsys.readouterr().out


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def wait_for(address: str, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert process.poll() is None, process.communicate()
        try:
            requests.get(f"{address}/health", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.2)
        else:
            return
    pytest.fail("the server did not come up")


@pytest.mark.exhaustive
@pytest.mark.skipif(not hasattr(os, "fork"), reason="worker processes are forked")
def test_worker_processes_share_sessions_and_stop_when_told(with_accounts):
    """The real command: two processes, either of which knows who signed in at the other."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "app.py", "serve", "sample_data/tiny", "--workers", "2"]
    command += ["--workspace", str(with_accounts.root), "--port", str(port)]
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            wait_for(address, process)
            browser = requests.Session()
            assert browser.get(address, timeout=60).url == f"{address}/sign-in"
            page = browser.get(f"{address}/sign-in", timeout=60).text
            token = page.split('name="csrf_token" value="')[1].split('"')[0]
            form = {"name": "stan", "password": PASSWORD, "csrf_token": token}
            assert browser.post(f"{address}/sign-in", data=form, timeout=60).status_code == 200
            # A new connection each time: the system deals them to both processes.
            for _ in range(20):
                seen = requests.get(f"{address}/_dash-layout", cookies=browser.cookies, timeout=60)
                assert seen.status_code == 200
        finally:
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
    assert "people sign in" in out
    assert "Traceback" not in err
