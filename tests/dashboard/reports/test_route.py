"""`/report/…`: who asks for what, and what is answered while others are being made."""

import threading

import pytest

from dashboard import factory
from dashboard.reports import route
from dashboard.reports.contents import REPORTS
from dashboard.reports.route import BusyError, Turns
from study.errors import UserError


@pytest.fixture
def client(app):
    return app.server.test_client()


def test_a_report_comes_as_a_file_of_its_own(client):
    response = client.get("/report/trial.html?site=bath")
    assert response.status_code == 200
    assert response.mimetype == "text/html"
    # It draws by a script, which only a file on disk may do.
    assert response.headers["Content-Disposition"].startswith("attachment; filename=")
    assert "-trial-2025-06-15.html" in response.headers["Content-Disposition"]
    assert response.headers["Cache-Control"] == "no-store"
    assert "filters: site: bath" in response.text


@pytest.mark.parametrize(
    "path", ["nothing.html", "trial", "trial.", "trial.csv", ".html", "html", "dmc.html"]
)
def test_what_is_no_report_is_not_there(client, path):
    assert client.get(f"/report/{path}").status_code == 404


def test_without_a_browser_a_pdf_says_what_to_install(client):
    response = client.get("/report/trial.pdf")
    assert response.status_code == 503
    assert response.mimetype == "text/plain"
    assert "apt install chromium" in response.text


def test_a_report_of_nobody_asks_for_somebody(client):
    response = client.get("/report/clinician.html")
    assert (response.status_code, response.mimetype) == (400, "text/plain")
    assert "choose one first" in response.text
    assert client.get("/report/clinician.html?participant=nobody").status_code == 404
    assert client.get("/report/clinician.html?participant=p004").status_code == 200


def test_before_the_first_load_it_says_what_to_do(client, monkeypatch):
    def nothing(*_args, **_named):
        raise UserError("There is no build to show yet. Run: rapport load")

    monkeypatch.setattr(route, "make", nothing)
    response = client.get("/report/trial.html")
    assert (response.status_code, response.mimetype) == (503, "text/plain")
    assert "Run: rapport load" in response.text


def test_one_at_a_time_one_waits_and_others_are_sent_away():
    turns = Turns(wait_s=10)
    begun, is_over = threading.Event(), threading.Event()
    said: list[str] = []

    def first() -> None:
        with turns.mine():
            begun.set()
            is_over.wait(10)
            said.append("first")

    def second() -> None:
        with turns.mine():
            said.append("second")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert begun.wait(10)
    threads[1].start()
    while turns._places._value:
        pass
    with pytest.raises(BusyError), turns.mine():
        pytest.fail("a third one got in")
    is_over.set()
    for thread in threads:
        thread.join(10)
    assert said == ["first", "second"]
    with turns.mine():
        pass


def test_who_waits_too_long_is_sent_away():
    turns = Turns(wait_s=0.05)
    with turns.mine(), pytest.raises(BusyError), turns.mine():
        pytest.fail("two at a time")


def test_a_busy_press_says_so(client, monkeypatch):
    def busy(*_args, **_named):
        raise BusyError

    monkeypatch.setattr(route, "make", busy)
    response = client.get("/report/trial.html")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "60"
    assert "Try again in a minute" in response.text


def test_the_menu_offers_every_report_with_the_addresss_choices(app):
    layout = str(app.server.test_client().get("/_dash-layout").json)
    for name in REPORTS:
        assert f"/report/{name}.html" in layout
        # There is nothing here to print with.
        assert f"/report/{name}.pdf" not in layout
    wired = [key for key in app.callback_map if '"report"' in key]
    assert len(wired) == 1
    assert "callback" not in app.callback_map[wired[0]], "the browser does it by itself"


def test_the_factory_serves_them():
    assert factory.report_route is route
