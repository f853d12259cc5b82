-- fct_scale_switches
--
-- Dimensions that a participant is asked of with another scale by now: one of the dimension's further
-- scales was filled in after the last score on the primary one, never before it, and no survey with the
-- primary one is still to come. Where two scales are asked side by side nothing is switched.
-- Grain: one row per participant_id and dimension_id that was switched.
-- Reads: fct_participants, fct_scores, dim_dimension_scales, dim_scales, dim_surveys, dim_build
--
-- Column: participant_id  VARCHAR  participant
-- Column: dimension_id    VARCHAR  dimension, 'alliance' for the total
-- Column: new_scale       VARCHAR  the scale that is asked now
-- Column: switched_date   DATE     local date of its first score
-- Column: switched_day    BIGINT   that date as whole days since day 0
with

people as (

    select
        participant_id,
        day_zero
    from fct_participants

),

scored as (

    select
        people.participant_id,
        people.day_zero,
        measures.dimension_id,
        measures.instrument_id,
        measures.scale_id,
        measures.position,
        scores.local_date
    from fct_scores as scores
    inner join people
        on scores.participant_id = people.participant_id
    inner join dim_dimension_scales as measures
        on
            scores.instrument_id = measures.instrument_id
            and scores.scale_id = measures.scale_id
    where scores.score is not null

),

own as (

    select
        participant_id,
        dimension_id,
        instrument_id,
        max(local_date) as last_date
    from scored
    where position = 0
    group by
        participant_id,
        dimension_id,
        instrument_id

),

others as (

    select
        participant_id,
        dimension_id,
        instrument_id,
        scale_id,
        day_zero,
        min(local_date) as first_date
    from scored
    where position > 0
    group by
        participant_id,
        dimension_id,
        instrument_id,
        scale_id,
        day_zero

),

still_due as (

    select distinct
        people.participant_id,
        dim_surveys.instrument_id
    from people
    cross join dim_surveys
    cross join dim_build
    where people.day_zero + dim_surveys.due_day > dim_build.as_of_date

),

switched as (

    select
        others.participant_id,
        others.dimension_id,
        scales.label as new_scale,
        others.first_date as switched_date,
        date_diff('day', others.day_zero, others.first_date) as switched_day,
        row_number() over (
            partition by others.participant_id, others.dimension_id
            order by others.first_date desc, others.instrument_id asc, others.scale_id asc
        ) as recency
    from others
    inner join own
        on
            others.participant_id = own.participant_id
            and others.dimension_id = own.dimension_id
            and others.first_date > own.last_date
    inner join dim_scales as scales
        on
            others.instrument_id = scales.instrument_id
            and others.scale_id = scales.scale_id
    left join still_due
        on
            own.participant_id = still_due.participant_id
            and own.instrument_id = still_due.instrument_id
    where still_due.participant_id is null

)

select
    participant_id,
    dimension_id,
    new_scale,
    switched_date,
    switched_day
from switched
where recency = 1
