-- fct_rhythms
--
-- The gaps between one day of use and the next of each participant, from day 0 on. Fewer than four gaps
-- are no rhythm.
-- Grain: one row per participant_id with two days of use.
-- Reads: fct_participant_days
--
-- Column: participant_id   VARCHAR  participant
-- Column: n_gaps           INTEGER  gaps between days of use
-- Column: median_gap_days  DOUBLE   the middle one; NULL with fewer than four
-- Column: long_gap_days    DOUBLE   nine in ten are no longer; NULL with fewer than four
with

gaps as (

    select
        participant_id,
        local_date,
        date_diff(
            'day',
            lag(local_date) over (partition by participant_id order by local_date),
            local_date
        ) as gap_days
    from fct_participant_days
    where study_day >= 0

),

-- A percentile lies between two gaps, by its place among them, as in fct_dimension_bands.
ranked as (

    select
        participant_id,
        gap_days,
        row_number() over (partition by participant_id order by gap_days, local_date) as place,
        count(*) over (partition by participant_id) - 1 as n_steps
    from gaps
    where gap_days is not null

),

between_two as (

    select
        participant_id,
        n_steps,
        max(case when place = 1 + floor(0.5 * n_steps) then gap_days end) as below_50,
        max(case when place = 1 + ceil(0.5 * n_steps) then gap_days end) as above_50,
        max(case when place = 1 + floor(0.9 * n_steps) then gap_days end) as below_90,
        max(case when place = 1 + ceil(0.9 * n_steps) then gap_days end) as above_90
    from ranked
    group by
        participant_id,
        n_steps

)

select
    participant_id,
    cast(n_steps + 1 as integer) as n_gaps,
    case
        when n_steps >= 3
            then below_50 + (above_50 - below_50) * cast(0.5 * n_steps - floor(0.5 * n_steps) as double)
    end as median_gap_days,
    case
        when n_steps >= 3
            then below_90 + (above_90 - below_90) * cast(0.9 * n_steps - floor(0.9 * n_steps) as double)
    end as long_gap_days
from between_two
