"""Scores, worked out by hand. Answers are written in the order of the items."""

import math

import pytest

from study.instruments import ARM_5, BUILT_IN, DWAI, SUS, TWEETS, UMARS, WAI_S, WAI_SR
from study.scoring import (
    NOT_APPLICABLE,
    Score,
    items_of,
    least_items,
    reliable_change,
    score_range,
    score_scale,
)
from study.scoring_key import Instrument, Scale

NA = NOT_APPLICABLE


def score(instrument, scale_id, *answers):
    given = dict(zip(instrument.items, answers, strict=True))
    return score_scale(instrument, instrument.scale(scale_id), given)


def own(n_items=5, low=1, high=5, share=1.0, **scale):
    items = tuple(str(number) for number in range(1, n_items + 1))
    return Instrument(
        id="own",
        label="Own",
        items=items,
        low=low,
        high=high,
        allows_not_applicable=True,
        min_items_share=share,
        scales=(Scale(id="total", label="Total", items=items, **scale),),
    )


# One filling-in of twelve items, scored as two instruments that are often mixed up.
TWELVE = (5, 4, 3, 2, 1, 2, 3, 4, 5, 4, 3, 2)


def test_wai_sr_has_its_own_subscales():
    assert score(WAI_SR, "task", *TWELVE).score == pytest.approx((5 + 4 + 4 + 2) / 4)
    assert score(WAI_SR, "bond", *TWELVE).score == pytest.approx((3 + 1 + 3 + 5) / 4)
    assert score(WAI_SR, "goal", *TWELVE).score == pytest.approx((2 + 2 + 4 + 3) / 4)
    assert score(WAI_SR, "total", *TWELVE).score == pytest.approx(38 / 12)


def test_wai_s_has_other_subscales_reverses_two_items_and_sums():
    # Items 4 and 10 are reversed on 1 to 7: 2 becomes 6, and 4 stays 4.
    assert score(WAI_S, "task", *TWELVE).score == 5 + 4 + 4 + 2
    assert score(WAI_S, "bond", *TWELVE).score == 3 + 1 + 3 + 5
    assert score(WAI_S, "goal", *TWELVE).score == 6 + 2 + 4 + 3
    assert score(WAI_S, "total", *TWELVE).score == 38 - 2 + 6


def test_a_mean_and_a_sum_of_the_same_answers_look_like_different_results():
    answers = dict(zip(WAI_SR.items, (4, 4, 4, 4, 4, 4, 4, 3, 3, 3, 3, 3), strict=True))
    mean = score_scale(WAI_SR, WAI_SR.scale("total"), answers)
    total = WAI_SR.scale("total").model_copy(update={"aggregate": "sum"})
    assert mean.score == pytest.approx(3.583, abs=5e-4)
    assert score_scale(WAI_SR, total, answers).score == 43
    assert score_range(WAI_SR, WAI_SR.scale("total")) == (1, 5)
    assert score_range(WAI_SR, total) == (12, 60)


def test_dwai_is_a_mean_of_six():
    assert score(DWAI, "total", 7, 6, 5, 4, 3, 2) == Score(4.5, 6, 6, True)


def test_arm_5_reverses_item_3():
    assert score(ARM_5, "total", 7, 7, 1, 7, 7).score == 7
    assert score(ARM_5, "total", 7, 7, 7, 7, 7).score == pytest.approx((7 * 4 + 1) / 5)


def test_tweets_counts_from_zero():
    assert score(TWEETS, "total", *[0] * 9).score == 0
    assert score(TWEETS, "total", 0, 1, 2, 3, 4, 4, 4, 4, 4).score == pytest.approx(26 / 9)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((1, 5) * 5, 0),
        ((5, 1) * 5, 100),
        ((3,) * 10, 50),
        ((5, 2, 4, 1, 4, 2, 5, 1, 4, 2), 85),
    ],
)
def test_sus_goes_from_0_to_100(answers, expected):
    assert score(SUS, "total", *answers).score == expected
    assert score_range(SUS, SUS.scale("total")) == (0, 100)


UMARS_ANSWERS = (5, 4, 3, 2, 1, 4, 4, 4, 4, 5, 5, 5, 2, 2, NA, NA, 1, 1, 1, 1)


def test_umars_leaves_out_what_does_not_apply():
    assert score(UMARS, "information", *UMARS_ANSWERS) == Score(2, 2, 4, True)


def test_umars_quality_is_the_mean_of_four_means_without_the_subjective_one():
    quality = score(UMARS, "quality", *UMARS_ANSWERS)
    assert quality.score == pytest.approx((3 + 4 + 5 + 2) / 4)
    # The mean of the 14 answered items would be 50 / 14 = 3.57 instead of 3.5.
    assert quality.score != pytest.approx(50 / 14)
    assert (quality.n_items_answered, quality.n_items, quality.is_complete) == (14, 16, True)
    assert score(UMARS, "subjective", *UMARS_ANSWERS).score == 1


def test_a_mean_of_scales_needs_every_one_of_them():
    answers = (*UMARS_ANSWERS[:12], NA, NA, NA, NA, 1, 1, 1, 1)
    assert score(UMARS, "information", *answers) == Score(None, 0, 4, False)
    assert score(UMARS, "quality", *answers) == Score(None, 12, 16, False)


def test_not_applicable_is_not_the_same_as_unanswered():
    answers = list(UMARS_ANSWERS)
    answers[14] = None
    assert score(UMARS, "information", *answers) == Score(None, 2, 4, False)


def test_an_unanswered_item_is_never_zero():
    assert score(TWEETS, "total", 4, 4, 4, 4, 4, 4, 4, 4, None) == Score(None, 8, 9, False)
    lenient = TWEETS.model_copy(update={"min_items_share": 0.8})
    assert score(lenient, "total", 4, 4, 4, 4, 4, 4, 4, 4, None) == Score(4, 8, 9, False)


def test_items_that_are_not_mentioned_are_unanswered():
    assert score_scale(DWAI, DWAI.scale("total"), {"1": 7}) == Score(None, 1, 6, False)


def test_a_sum_with_items_left_out_is_their_mean_times_the_number_of_items():
    instrument = own(5, share=0.8, aggregate="sum")
    assert score(instrument, "total", 5, 4, 3, 2, None) == Score(3.5 * 5, 4, 5, False)
    assert score(instrument, "total", 5, 4, 3, None, None) == Score(None, 3, 5, False)


def test_a_sum_with_an_item_that_does_not_apply_is_filled_up_too():
    instrument = own(4, aggregate="sum")
    assert score(instrument, "total", 5, 3, 4, NA) == Score(16, 3, 4, True)


def test_reversed_items_are_reversed_before_they_are_averaged_with_items_left_out():
    instrument = own(4, share=0.5).model_copy(update={"reverse": ("1",)})
    assert score(instrument, "total", 1, 5, None, None).score == 5


@pytest.mark.parametrize(
    ("n_answered", "n_applicable", "has_score"),
    [(4, 5, True), (3, 5, False), (4, 4, True), (3, 4, False), (3, 3, True), (1, 1, True)],
)
def test_the_least_number_is_asked_of_the_items_that_apply(n_answered, n_applicable, has_score):
    # Share 0.8 of 5: 4. Of 4 applicable items 3.2 are needed, so all 4; of 3, 2.4, so all 3.
    instrument = own(5, share=0.8)
    answers = [3] * n_answered + [None] * (n_applicable - n_answered) + [NA] * (5 - n_applicable)
    result = score(instrument, "total", *answers)
    assert (result.score is not None) is has_score
    assert result.is_complete is (n_answered == n_applicable)


def test_nothing_answered_is_no_score_whatever_the_least_number():
    lenient = own(3, share=0.01)
    assert score(lenient, "total", None, None, None) == Score(None, 0, 3, False)
    assert score(lenient, "total", NA, NA, NA) == Score(None, 0, 3, False)


def test_the_scales_own_least_number_goes_before_the_instruments_share():
    instrument = own(5, share=1.0, min_items=2)
    assert score(instrument, "total", 5, 1, None, None, None).score == 3


@pytest.mark.parametrize(
    ("share", "n_items", "least"),
    [(0.8, 15, 12), (0.55, 20, 11), (0.8, 6, 5), (0.01, 3, 1), (1, 9, 9)],
)
def test_shares_are_rounded_up_and_floating_point_adds_no_item(share, n_items, least):
    instrument = own(n_items, share=share)
    assert least_items(instrument, instrument.scale("total")) == least


def test_multiplier_and_shift_come_after_the_aggregate():
    instrument = own(2, multiplier=-10, shift=-1)
    assert score(instrument, "total", 2, 4).score == -20
    assert score_range(instrument, instrument.scale("total")) == (-40, 0)


def test_a_mean_of_scales_counts_the_items_of_its_scales():
    quality = UMARS.scale("quality")
    assert items_of(UMARS, quality) == tuple(str(number) for number in range(1, 17))
    assert least_items(UMARS, quality) == 16
    assert score_range(UMARS, quality) == (1, 5)


@pytest.mark.parametrize("bad", [0, 6, 2.5, math.nan, math.inf, True])
def test_answers_that_cannot_be_are_refused_and_not_told(bad):
    with pytest.raises(ValueError, match="wai_sr, item 3") as caught:
        score_scale(WAI_SR, WAI_SR.scale("task"), {"3": bad})
    assert repr(bad) not in str(caught.value).replace("from 1 to 5", "")


@pytest.mark.parametrize("instrument", BUILT_IN, ids=lambda one: one.id)
def test_every_scale_of_every_built_in_instrument_spans_its_range(instrument):
    for scale in instrument.scales:
        reversed_items = set(instrument.reverse)
        ends = [
            score_scale(
                instrument,
                scale,
                {
                    item: high if (item in reversed_items) is not is_top else low
                    for item in instrument.items
                },
            ).score
            for is_top in (False, True)
            for low, high in [(instrument.low, instrument.high)]
        ]
        assert tuple(ends) == score_range(instrument, scale)


def test_reliable_change_of_the_wai_sr():
    # SD .8 (Darcy 2021), r .90: SEM .253, standard error of a difference .358.
    assert reliable_change(0.8, 0.9) == pytest.approx(1.96 * 0.358, abs=1e-3)
    assert reliable_change(0.8, 0.9) == pytest.approx(0.70, abs=2e-3)


@pytest.mark.parametrize(("sd", "reliability"), [(0, 0.9), (-1, 0.9), (1, 0), (1, 1), (1, 1.2)])
def test_reliable_change_needs_numbers_that_can_be(sd, reliability):
    with pytest.raises(ValueError, match="reliability"):
        reliable_change(sd, reliability)
