-- alliance_by_week
--
-- Mean complete score per dimension and study week, and how far that week has come.
-- Grain: one row per dimension_id and study_week with at least one occasion.
-- Reads: fct_dimension_scores, fct_participants, fct_participant_weeks, dim_dimensions, dim_weeks, dim_build
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
-- Param: first_week    INTEGER    first study week to keep
-- Param: last_week     INTEGER    last study week to keep
--
-- Column: dimension_id     VARCHAR  dimension, or 'alliance' for the total
-- Column: dimension_label  VARCHAR  as the pages name it
-- Column: position         INTEGER  order of the dimensions
-- Column: is_total         BOOLEAN  the alliance total
-- Column: study_week       INTEGER  week of the occasion, counted from 0 at day 0
-- Column: n_participants   BIGINT   participants with a complete score that week
-- Column: n_incomplete     BIGINT   occasions left out because their score is not complete
-- Column: n_occasions      BIGINT   occasions, complete or not
-- Column: n_answering      BIGINT   participants with an occasion in any of the weeks; the same in each
-- Column: mean_score       DOUBLE   scale points, mean over participants; NULL without a complete score
-- Column: sd_score         DOUBLE   scale points, between participants; NULL when n_participants < 2
-- Column: low              DOUBLE   lowest score that the scale can give
-- Column: high             DOUBLE   highest score that the scale can give
-- Column: n_at_risk        BIGINT   participants who began that study week and had not withdrawn
-- Column: n_open           BIGINT   of those, participants whose week was not over at the last event
-- Column: n_not_reached    BIGINT   participants, not withdrawn, who have not begun that week
with

people as (

    select
        participant_id,
        withdrawn_date,
        day_zero
    from fct_participants
    where
        (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
        and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
        and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
        and (
            cast($participants as varchar[]) is null
            or list_contains(cast($participants as varchar[]), participant_id)
        )

),

first_weeks as (

    select
        participant_id,
        week_start
    from fct_participant_weeks
    where study_week = 0

),

participants as (

    select
        people.participant_id,
        people.withdrawn_date,
        coalesce(first_weeks.week_start, people.day_zero) as week_zero_start
    from people
    left join first_weeks
        on people.participant_id = first_weeks.participant_id

),

occasions as (

    select
        participant_id,
        dimension_id,
        study_week,
        score,
        low,
        high,
        is_complete and score is not null as is_scored
    from fct_dimension_scores
    where
        (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
        and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
        and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
        and (
            cast($participants as varchar[]) is null
            or list_contains(cast($participants as varchar[]), participant_id)
        )
        and study_week between $first_week and $last_week

),

answering as (

    select
        dimension_id,
        count(distinct participant_id) as n_answering
    from occasions
    group by dimension_id

),

participant_means as (

    select
        participant_id,
        dimension_id,
        study_week,
        avg(case when is_scored then score end) as score,
        count(*) as n_occasions,
        cast(sum(case when is_scored then 0 else 1 end) as bigint) as n_incomplete,
        min(low) as low,
        max(high) as high
    from occasions
    group by
        participant_id,
        dimension_id,
        study_week

),

calendar as (

    select
        dim_weeks.study_week,
        participants.withdrawn_date,
        dim_build.as_of_date,
        participants.week_zero_start + cast(7 * dim_weeks.study_week as integer) as week_start,
        participants.week_zero_start + cast(7 * dim_weeks.study_week + 6 as integer) as week_end
    from participants
    cross join dim_weeks
    cross join dim_build

),

progress as (

    select
        study_week,
        cast(
            sum(
                case
                    when week_start <= as_of_date and (withdrawn_date is null or withdrawn_date >= week_start)
                        then 1
                    else 0
                end
            ) as bigint
        ) as n_at_risk,
        cast(
            sum(
                case
                    when week_start <= as_of_date and week_end >= as_of_date and withdrawn_date is null then 1
                    else 0
                end
            ) as bigint
        ) as n_open,
        cast(
            sum(case when week_start > as_of_date and withdrawn_date is null then 1 else 0 end) as bigint
        ) as n_not_reached
    from calendar
    group by study_week

)

select
    means.dimension_id,
    dimensions.label as dimension_label,
    dimensions.position,
    dimensions.is_total,
    means.study_week,
    count(means.score) as n_participants,
    cast(sum(means.n_incomplete) as bigint) as n_incomplete,
    cast(sum(means.n_occasions) as bigint) as n_occasions,
    max(answering.n_answering) as n_answering,
    avg(means.score) as mean_score,
    stddev_samp(means.score) as sd_score,
    min(means.low) as low,
    max(means.high) as high,
    coalesce(max(progress.n_at_risk), 0) as n_at_risk,
    coalesce(max(progress.n_open), 0) as n_open,
    coalesce(max(progress.n_not_reached), 0) as n_not_reached
from participant_means as means
inner join dim_dimensions as dimensions
    on means.dimension_id = dimensions.dimension_id
inner join answering
    on means.dimension_id = answering.dimension_id
left join progress
    on means.study_week = progress.study_week
group by
    means.dimension_id,
    dimensions.label,
    dimensions.position,
    dimensions.is_total,
    means.study_week
order by
    dimensions.position,
    means.study_week
