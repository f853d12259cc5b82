"""A disk that is full while a build is written: a plain sentence, and the build before stays whole."""

import pytest

from etl.build import build
from study.errors import UserError
from tests.etl.build_case import MORE_EVENTS, add_events
from tests.etl.forked import run_code
from warehouse.full_disk import told_when_full
from warehouse.publish import current_mart
from warehouse.reader import MartReader

LIMITED = """
import resource, sys
from pathlib import Path
from etl.build import build
from study.errors import UserError
from study.file import load_study
from warehouse.workspace import Workspace

folder, limit = Path(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    build(load_study(folder), Workspace(folder / ".rapport"))
except UserError as error:
    print(error)
    sys.exit(7)
"""


@pytest.mark.exhaustive
@pytest.mark.parametrize("limit", [8_192, 100_000, 400_000])
def test_the_build_before_stays_whole(study, built, tmp_path, limit):
    workspace, before = built
    add_events(workspace, MORE_EVENTS)
    done = run_code(LIMITED, str(tmp_path), str(limit))
    assert done.returncode == 7, done.stderr
    assert "disk is full" in done.stdout
    assert "builds" in done.stdout
    assert current_mart(workspace) == before.path.resolve()
    assert list(workspace.builds.glob("*.part*")) == []
    con = MartReader(workspace).cursor()
    assert con.sql("select count(*) from fct_participants").fetchall() == [(2,)]
    assert build(study, workspace).rows["fct_participants"] == 3


def test_other_errors_pass_as_they_are(tmp_path):
    with pytest.raises(ValueError, match="other"), told_when_full(tmp_path, "Left."):
        raise ValueError("other")
    with pytest.raises(FileNotFoundError), told_when_full(tmp_path, "Left."):
        (tmp_path / "nowhere").read_bytes()
    with (
        pytest.raises(UserError, match=r"disk is full.* Left\."),
        told_when_full(tmp_path, "Left."),
    ):
        raise OSError(28, "No space left on device")
