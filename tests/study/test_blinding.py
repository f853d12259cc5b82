"""The study as a masked viewer knows it."""

import pytest

from study.blinding import POOLED, Telling, common_weeks, masked_study, needs_masking
from study.blinding_parts import JUSTIFICATION
from study.blinding_tables import blinding_tables
from study.checks import blinding
from study.file import load_study
from study.hidden_words import HiddenWords, words_of_arms
from study.masking import Blinding
from study.tables import study_tables
from tests.conftest import HARBOUR
from tests.etl.masking_case import MARKER, marked_study


@pytest.fixture(scope="module")
def harbour_study():
    return load_study(HARBOUR)


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    return marked_study(tmp_path_factory.mktemp("marked"))


def ids(parts):
    return [one.id for one in parts]


def kept(study):
    return frozenset(ids(study.features))


def test_the_common_time_ends_where_the_arms_first_differ(harbour_study):
    assert common_weeks(harbour_study) == 6
    intended = harbour_study.intended_use
    for sessions, weeks in (
        ({"everyone": (1,) * 12}, 12),
        ({"stop6": (1, 1), "everyone": (1, 1)}, 12),
        ({"stop6": (1, 1), "everyone": (1, 1, 0, 1)}, 3),
        ({"stop6": (2,), "everyone": (1,)}, 0),
        ({"stop6": (1,) * 12, "everyone": (1,) * 20}, 12),
    ):
        other = intended.model_copy(update={"sessions": sessions})
        study = harbour_study.model_copy(update={"intended_use": other})
        assert common_weeks(study) == weeks, sessions


def test_the_study_file_may_say_that_it_ends_earlier(harbour_study):
    for declared, weeks in ((3, 3), (9, 6)):
        part = Blinding(common_weeks=declared)
        assert common_weeks(harbour_study.model_copy(update={"blinding": part})) == weeks
    without = harbour_study.model_copy(update={"intended_use": None})
    assert common_weeks(without) == 12


def test_arms_are_pooled_and_what_is_due_is_due_in_every_arm(harbour_study):
    masked = masked_study(harbour_study, kept(harbour_study))
    assert ids(masked.arms) == [POOLED]
    assert masked.intended_use.sessions == {"everyone": (1,) * 6}
    assert masked.intended_use.justification == JUSTIFICATION
    assert masked.study.planned_weeks == 6
    assert masked.study.last_week == harbour_study.study.last_week
    due = study_tables(masked)["dim_intended_use"]
    assert due["arm_id"].unique().to_list() == [POOLED]
    assert due["due_sessions"].sum() == 6
    assert not needs_masking(masked)


def test_a_scrambled_study_keeps_the_arms_and_no_arm_s_own_dose(harbour_study):
    dealt = [("p2", "stop6"), ("p1", "control")]
    study = masked_study(harbour_study, kept(harbour_study), edition="scrambled", dealt=dealt)
    assert ids(study.arms) == ids(harbour_study.arms)
    due = study_tables(study)["dim_intended_use"]
    assert due.group_by("arm_id").sum()["due_sessions"].to_list() == [6, 6, 6]
    aside = blinding_tables(study)
    assert aside["dim_dealt_arms"].rows() == [("p1", "control"), ("p2", "stop6")]
    assert aside["dim_blinding"]["shown_arm_id"].to_list() == [None]


def test_every_change_of_what_is_hidden_changes_the_digest(harbour_study):
    features = kept(harbour_study)
    studies = [
        harbour_study,
        masked_study(harbour_study, features),
        masked_study(harbour_study, features, edition="scrambled"),
        masked_study(harbour_study, features - {"praise"}),
        masked_study(harbour_study, features, Telling(events=frozenset({"x"}))),
        masked_study(harbour_study, features, Telling(has_telling_lengths=True)),
    ]
    assert len({study.digest for study in studies}) == len(studies)
    again = masked_study(harbour_study, features)
    assert again.digest == studies[1].digest


def test_no_name_of_an_arm_is_left_in_any_table_of_the_masked_study(marked):
    told = Telling(instruments=frozenset({"zqx_satisfaction"}), covariates=frozenset({"therapist"}))
    tables = study_tables(masked_study(marked, kept(marked), told))
    for name, frame in tables.items():
        assert MARKER not in frame.write_csv().upper(), name
    assert any(MARKER in frame.write_csv() for frame in study_tables(marked).values())


def test_features_of_some_arms_go_with_all_that_names_them(marked):
    masked = masked_study(marked, frozenset({"praise", "quiz", "ZQX_coach", "library"}))
    assert ids(masked.features) == ["praise", "quiz"]
    assert ids(masked.models) == ["map"]
    assert ids(masked.variants) == []
    assert {"model coach", "model declared", "feature library"} <= set(masked.left_out)
    hidden = set(masked.hidden_events)
    assert ("ZQXARMONE_coach", None, None) in hidden
    assert ("screen", "screen", "ZQXARMTWO_library") in hidden


def test_declared_things_are_hidden(marked):
    part = Blinding(
        features=("quiz",),
        events=("quiz_*",),
        instruments=("mood", "zqx_satisfaction"),
        covariates=("age",),
        words=("north",),
        lengths=True,
    )
    study = marked.model_copy(update={"blinding": part})
    masked = masked_study(
        study, kept(study), Telling(names=frozenset({"quiz_done", "praise_shown"}))
    )
    assert ids(masked.features) == ["praise"]
    assert ids(masked.covariates) == ["therapist", "remark"]
    assert masked.instruments == ()
    assert masked.dimensions == {}
    assert ("quiz_done", None, None) in masked.hidden_events
    assert ("praise_shown", None, None) not in masked.hidden_events
    assert [(one.id, one.covariates) for one in masked.models] == [("map", ("therapist",))]
    assert [one.label for one in masked.sites] == ["Site 1", "South"]
    assert masked.hides_length
    assert masked.blinding == Blinding()


def test_without_the_event_that_says_done_there_is_no_adherence(marked):
    masked = masked_study(marked, kept(marked), Telling(events=frozenset({"session_done"})))
    assert masked.intended_use is None
    assert masked.adherence == ()


def test_definitions_that_the_common_time_cannot_judge_are_left_out(harbour_study):
    one = harbour_study.adherence[0]
    late = one.model_copy(update={"id": "late", "rule": "persistent", "minimum": 8})
    soon = one.model_copy(update={"id": "soon", "rule": "persistent", "minimum": 2})
    minutes = one.model_copy(update={"id": "minutes", "rule": "minutes", "threshold": 100})
    study = harbour_study.model_copy(update={"adherence": (late, soon, minutes)})
    assert ids(masked_study(study, kept(study)).adherence) == ["soon"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("events-STOP_6.csv", True),
        ("one of stop-6, control", True),
        ("eventsstop6b.csv", True),
        ("stopped", False),
        ("cbt group", True),
        ("cbtish", False),
        ("", False),
        (None, False),
    ],
)
def test_words_are_found_in_texts(text, expected):
    words = HiddenWords(("stop 6", "cbt", "control"))
    assert words.are_in(text) is expected


def test_names_from_the_data_count_as_whole_words_only():
    words = HiddenWords(()).and_also(["open", "a"])
    assert words.are_in("event open was")
    assert not words.are_in("opened")
    assert HiddenWords(()).pattern
    assert not HiddenWords(()).are_in("anything")


def test_short_ids_of_arms_are_no_words(harbour_study):
    arms = tuple(
        arm.model_copy(update={"id": str(place), "label": "B", "masked_label": "Group"})
        for place, arm in enumerate(harbour_study.arms)
    )
    assert words_of_arms(harbour_study.model_copy(update={"arms": arms})).words == ("group",)


def test_unknown_names_in_the_section_are_problems(marked):
    part = Blinding(
        features=("quizz",), instruments=("x",), covariates=("age", "age"), common_weeks=9
    )
    found = list(blinding.problems(marked.model_copy(update={"blinding": part})))
    assert [one.path for one in found] == [
        "blinding.features[0]",
        "blinding.instruments[0]",
        "blinding.covariates[1]",
        "blinding.common_weeks",
    ]
    assert 'Did you mean "quiz"?' in found[0].message


def test_an_open_study_hides_nothing(marked):
    aside = blinding_tables(marked)
    assert aside["dim_blinding"].rows() == [(False, None, None, None, False)]
    assert aside["dim_hidden_events"].is_empty()
    assert aside["dim_dealt_arms"].is_empty()
