"""Reports: each role gets its own, made of what its pages hold; the open one names no arm."""

import pytest
from typer.testing import CliRunner

import app as program
from access import audit
from access.roles import ROLES
from dashboard.reports import at_machine
from dashboard.reports.contents import REPORTS
from study.errors import UserError
from tests.access.sweep.asking import leaks
from tests.access.sweep.conftest import EVERYBODY, IN_CARE, MASKED, STATISTICIAN, account
from tests.access.sweep.marked_study import ARM_IDS, MARKERS, SHOWN

# The study is made once for all of them, by one worker.
pytestmark = pytest.mark.xdist_group("sweep")

SEARCH = f"?arm={ARM_IDS[0]}&participant={IN_CARE[0]}"
# Reports that several tests read are made with it, and so once.
PLAIN = f"?participant={IN_CARE[0]}"


@pytest.fixture(autouse=True)
def _without_browser(monkeypatch):
    """Charts are then in the file with every text of theirs, hover texts included."""
    monkeypatch.setenv("RAPPORT_CHROMIUM", "")


@pytest.mark.parametrize("name", EVERYBODY)
def test_a_report_that_is_not_for_them_is_one_that_is_not_there(remembering, state, name):
    visitor = remembering(name)
    nothing = visitor.get("/report/nothing-of-that-name.html")
    assert nothing.status == 404
    own = ROLES[account(state, name).role].reports
    for report in REPORTS:
        if report in own and name in MASKED:
            continue  # The test below makes these.
        answer = visitor.report(report, PLAIN)
        if report in own:
            assert answer.status == 200, report
        else:
            assert (answer.status, answer.body) == (nothing.status, nothing.body), report


@pytest.mark.parametrize("name", MASKED)
def test_no_report_of_a_masked_viewer_gives_an_arm_away(visit, state, name):
    own = ROLES[account(state, name).role].reports
    answers = [visit(name).get(f"/report/{report}.html{SEARCH}") for report in sorted(own)]
    assert [one.status for one in answers] == [200] * len(own)
    found = {marker: where for marker, where in leaks(answers, MARKERS).items() if where}
    assert found == {}
    assert all("<strong>MASKED</strong>" in one.body for one in answers)


def test_the_open_part_names_no_arm_whoever_makes_it_and_the_closed_one_does(remembering):
    visitor = remembering(STATISTICIAN)
    masked = visitor.report("dmc-open", PLAIN)
    assert masked.status == 200
    assert {marker: where for marker, where in leaks([masked], MARKERS).items() if where} == {}
    closed = visitor.report("dmc-closed", PLAIN)
    assert "OPEN: CONTAINS ARMS" in closed.body
    # So that the test can fail: the same questions do bring the arms to light.
    assert leaks([closed], ["ZQLABELONE"])["ZQLABELONE"]


def test_a_participant_of_somebody_else_is_one_who_is_not_there(visit):
    visitor = visit("clinician")
    theirs, others = (
        visitor.get(f"/report/clinician.html?participant={who}") for who in ("P002", "P003")
    )
    nobody = visitor.get("/report/clinician.html?participant=P999")
    assert theirs.status == 200
    assert (others.status, others.body) == (nobody.status, nobody.body) == (404, nobody.body)


def test_reports_and_refusals_are_written_down(visit, state):
    before = audit.head_of(state).number
    visit("trial-north").get(f"/report/trial.html?site=north&arm={ARM_IDS[0]}")
    visit("trial-north").get("/report/dmc-closed.html")
    visit("clinician").get("/report/clinician.html?participant=P002")
    visit("clinician").get("/report/clinician.html?participant=P999")
    new = [one for one in audit.entries(state) if one.number > before]
    said = [(one.account, one.action, one.what) for one in new]
    assert ("trial-north", "report", "trial.html; site: north") in said
    assert ("trial-north", "denied", "report dmc-closed") in said
    assert ("clinician", "report", "clinician.html; participant: P002") in said
    assert ("clinician", "denied", "report clinician") in said
    assert not any("P999" in one.what or ARM_IDS[0] in one.what for one in new)


def made(marked, *words):
    place = marked.workspace.root
    options = ["--workspace", str(place)]
    return CliRunner().invoke(
        program.cli, ["report", *words, str(marked.study.folder), *options], catch_exceptions=False
    )


def test_one_command_makes_both_parts_for_the_committee(marked, tmp_path):
    done = made(marked, "dmc", "--out", str(tmp_path / "pack"))
    assert done.exit_code == 0, done.output
    files = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "pack").iterdir()}
    [masked], [closed] = (
        [text for name, text in files.items() if part in name] for part in ("open", "closed")
    )
    assert not any(marker.casefold() in masked.casefold() for marker in MARKERS)
    assert "ZQLABELONE" in closed
    assert "zqfeature" not in closed, "features are not for the committee"


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "words", [("trial",), ("designer",), ("clinician", "--participant", "P002")]
)
def test_at_the_machine_a_report_is_masked_unless_arms_are_asked_for(marked, tmp_path, words):
    file = tmp_path / "report.html"
    assert made(marked, *words, "--out", str(file)).exit_code == 0
    text = file.read_text(encoding="utf-8").casefold()
    assert not any(marker.casefold() in text for marker in MARKERS)
    if words[0] != "clinician":
        assert made(marked, *words, "--out", str(file), "--open-arms").exit_code == 0
        text = file.read_text(encoding="utf-8")
        assert "ZQLABELONE" in text
        assert "OPEN: CONTAINS ARMS" in text


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("trial", "--site", "moon"), "There is no site 'moon'. There are: north, south."),
        (("trial", "--link", f"?arm={ARM_IDS[0]}"), "does not show arms"),
        (("dmc", "--open", "--closed"), "leave both out"),
        (("dmc", "--out", "one.html"), "name a folder"),
        (("trial", "--out", "one.pdf"), "does not end in .html"),
        (("trial", "--format", "pdf"), "apt install chromium"),
        (("clinician", "--participant", "P999"), "There is no participant P999"),
        (("trial", "--as", "stat"), "there are none here"),
    ],
)
def test_what_cannot_be_made_is_said_with_what_to_do(marked, tmp_path, monkeypatch, words, told):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as refused:
        made(marked, *words)
    assert told in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_with_accounts_somebody_who_may_know_the_arms_says_who_they_are(marked, state, monkeypatch):
    def who(name, *, shows_arms=True):
        return at_machine._who(
            marked.study, state, shows_arms=shows_arms, account=name, from_stdin=True
        )

    monkeypatch.setattr(
        at_machine, "signed_in_as", lambda state, name, from_stdin: account(state, name)
    )
    assert who(STATISTICIAN) == STATISTICIAN
    assert who("trial-all", shows_arms=False) == "trial-all"
    assert who(None, shows_arms=False) == audit.at_command_line()
    with pytest.raises(UserError, match="say who makes it with --as NAME"):
        who(None)
    for name in ("trial-all", "root", "designer"):
        with pytest.raises(UserError, match="may not know the arms"):
            who(name)


def test_who_may_see_the_arms_sees_them_in_a_report(remembering):
    """What only one arm has stands in the designers' report of whoever may know it."""
    text = remembering(STATISTICIAN).report("designer", PLAIN)
    assert leaks([text], SHOWN)["ZQFEATURELABEL"]
