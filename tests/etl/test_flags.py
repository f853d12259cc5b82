"""Flags of each build are kept beside its edition's results, and in no mart."""

from etl.build import build
from etl.editions import make_editions
from etl.flags import keep_flags
from etl.load import load
from models.monitoring import flag_store
from study.file import load_study
from tests.etl.increment_case import TINY, contents
from warehouse.workspace import Workspace


def test_flags_are_kept_for_each_edition_and_name_no_arm(tmp_path):
    study, workspace = load_study(TINY), Workspace(tmp_path)
    load(study, workspace)
    first = build(study, workspace)
    look = keep_flags(workspace)
    assert look.build_id == first.build_id
    before = contents(first.path)
    assert keep_flags(workspace) == look, "asking again adds nothing"
    [kept] = flag_store.read(workspace.results)
    assert kept == look
    second = build(study, workspace, full=True)
    assert contents(second.path) == before, "no mart knows what was flagged"
    keep_flags(workspace)
    assert [one.build_id for one in flag_store.read(workspace.results)] == [
        first.build_id,
        second.build_id,
    ]
    [masked] = make_editions(study, workspace, fit_models=False)
    place = workspace.edition("masked")
    [own] = flag_store.read(place.results)
    assert own.build_id == masked.build_id
    text = (place.results / flag_store.FILE_NAME).read_text(encoding="utf-8")
    for arm in study.arms:
        assert arm.id not in text
        assert arm.label not in text
