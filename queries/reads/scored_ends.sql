-- scored_ends
--
-- Of each participant's scores of the total: the first complete one, the last two, and what was filled in
-- in part since, with what it takes to compare them.
-- Grain: one row per participant_id, dimension_id and occasion_id that is kept.
-- Reads: fct_score_ends, fct_participants, dim_dimensions, dim_scales
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
--
-- Column: participant_id   VARCHAR    participant
-- Column: dimension_id     VARCHAR    dimension that is a total
-- Column: dimension_label  VARCHAR    as the pages name it
-- Column: position         INTEGER    order of the dimensions
-- Column: is_total         BOOLEAN    the total, not one of its parts
-- Column: occasion_id      VARCHAR    filling-in
-- Column: answered_at      TIMESTAMP  first answer (UTC)
-- Column: local_date       DATE       date of the first answer in the participant's time zone
-- Column: study_day        INTEGER    days since day 0
-- Column: study_week       INTEGER    whole weeks since the start of week 0
-- Column: score            DOUBLE     scale points
-- Column: is_complete      BOOLEAN    every applicable item has an answer
-- Column: low              DOUBLE     lowest score that the scale can give
-- Column: high             DOUBLE     highest score that the scale can give
-- Column: reliability      DOUBLE     of the scale; NULL where the study file gives none
-- Column: sd               DOUBLE     of the scale; NULL where the study file gives none
-- Column: items_answered   VARCHAR    items with an answer, where some have none; NULL otherwise
-- Column: n_complete       BIGINT     complete scores of the participant in all
select
    ends.participant_id,
    ends.dimension_id,
    dimensions.label as dimension_label,
    dimensions.position,
    dimensions.is_total,
    ends.occasion_id,
    ends.answered_at,
    ends.local_date,
    ends.study_day,
    ends.study_week,
    ends.score,
    ends.is_complete,
    ends.low,
    ends.high,
    scales.reliability,
    scales.sd,
    ends.items_answered,
    ends.n_complete
from fct_score_ends as ends
inner join fct_participants as people
    on ends.participant_id = people.participant_id
inner join dim_dimensions as dimensions
    on ends.dimension_id = dimensions.dimension_id
inner join dim_scales as scales
    on
        ends.instrument_id = scales.instrument_id
        and ends.scale_id = scales.scale_id
where
    ($sites is null or list_contains(cast($sites as varchar[]), people.site_id))
    and ($arms is null or list_contains(cast($arms as varchar[]), people.arm_id))
    and ($cohorts is null or list_contains(cast($cohorts as varchar[]), people.cohort))
    and (
        $participants is null
        or list_contains(cast($participants as varchar[]), people.participant_id)
    )
order by
    ends.participant_id,
    dimensions.position,
    ends.answered_at,
    ends.occasion_id
