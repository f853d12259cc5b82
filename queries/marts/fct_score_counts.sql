-- fct_score_counts
--
-- Scores of each dimension and study week, added up over the participants whom the filters cannot tell
-- apart: the mean of a participant's complete scores of the week counts once. `previous_week` is the week
-- before in which the same participants answered: whoever answered in any week from a to b is counted
-- once, in the rows of those weeks whose previous week is none or before a.
-- Grain: one row per arm_id, site_id, cohort, dimension_id, study_week and previous_week with an occasion.
-- Reads: fct_dimension_scores
--
-- Column: arm_id          VARCHAR  randomised group
-- Column: site_id         VARCHAR  recruiting centre
-- Column: cohort          VARCHAR  month of enrolment
-- Column: dimension_id    VARCHAR  dimension, 'alliance' for the total
-- Column: study_week      INTEGER  whole weeks since the start of week 0
-- Column: previous_week   INTEGER  the participants' last week before with an occasion; NULL = none
-- Column: n_participants  BIGINT   participants with an occasion in the week
-- Column: n_scored        BIGINT   of those, participants with a complete score
-- Column: sum_scores      DOUBLE   sum of their means, scale points
-- Column: squares         DOUBLE   sum of the squares of these means
-- Column: n_occasions     BIGINT   filling-ins
-- Column: n_incomplete    BIGINT   of those, without a complete score
-- Column: low             DOUBLE   lowest score that the scale can give
-- Column: high            DOUBLE   highest score that the scale can give
with

own as (

    select
        participant_id,
        arm_id,
        site_id,
        cohort,
        dimension_id,
        study_week,
        cast(sum(case when is_complete then cast(score as decimal(28, 12)) end) as double)
        / nullif(count(case when is_complete then score end), 0) as score,
        count(*) as n_occasions,
        sum(case when is_complete and score is not null then 0 else 1 end) as n_incomplete,
        min(low) as low,
        max(high) as high
    from fct_dimension_scores
    where study_week is not null
    group by
        participant_id,
        arm_id,
        site_id,
        cohort,
        dimension_id,
        study_week

),

placed as (

    select
        own.*,
        lag(study_week) over (
            partition by participant_id, dimension_id
            order by study_week
        ) as previous_week
    from own

)

select
    arm_id,
    site_id,
    cohort,
    dimension_id,
    study_week,
    previous_week,
    count(*) as n_participants,
    count(score) as n_scored,
    cast(sum(cast(score as decimal(28, 12))) as double) as sum_scores,
    cast(sum(cast(score * score as decimal(28, 12))) as double) as squares,
    cast(sum(n_occasions) as bigint) as n_occasions,
    cast(sum(n_incomplete) as bigint) as n_incomplete,
    min(low) as low,
    max(high) as high
from placed
group by
    arm_id,
    site_id,
    cohort,
    dimension_id,
    study_week,
    previous_week
