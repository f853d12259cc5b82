-- exposure_by_category
--
-- Mean exposures per participant at risk in each study week, by category of persuasive design.
-- Grain: one row per category_id and study_week.
-- Reads: fct_exposure_weeks, fct_participants, fct_participant_weeks, dim_principles
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
-- Param: first_week    INTEGER    first study week to keep
-- Param: last_week     INTEGER    last study week to keep
--
-- Column: group_id        VARCHAR  category of the PSD model
-- Column: group_label     VARCHAR  as the pages name it
-- Column: category_id     VARCHAR  category of the PSD model (the same as group_id)
-- Column: position        INTEGER  order of the categories
-- Column: study_week      INTEGER  whole weeks since day 0
-- Column: n_participants  BIGINT   participants at risk that week, users or not
-- Column: n_open          BIGINT   of those, participants whose week is not over
-- Column: n_exposed       BIGINT   participants with at least one exposure
-- Column: mean_exposures  DOUBLE   exposures per participant at risk; weeks without use count as 0
-- Column: sd_exposures    DOUBLE   between participants; NULL when n_participants = 1
with

categories as (

    select
        category_id,
        min(category_label) as category_label,
        min(position) as position
    from dim_principles
    group by category_id

),

participant_weeks as (

    select
        participant_id,
        study_week,
        category_id,
        sum(n_exposures) as n_exposures
    from fct_exposure_weeks
    where
        (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), site_id))
        and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_id))
        and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), cohort))
        and (
            cast($participants as varchar[]) is null
            or list_contains(cast($participants as varchar[]), participant_id)
        )
        and study_week between $first_week and $last_week
    group by
        participant_id,
        study_week,
        category_id

)

select
    participant_weeks.category_id as group_id,
    categories.category_label as group_label,
    participant_weeks.category_id,
    categories.position,
    participant_weeks.study_week,
    count(*) as n_participants,
    cast(
        sum(case when weeks.is_complete_week or participants.withdrawn_date is not null then 0 else 1 end)
        as bigint
    ) as n_open,
    cast(sum(case when participant_weeks.n_exposures > 0 then 1 else 0 end) as bigint) as n_exposed,
    avg(participant_weeks.n_exposures) as mean_exposures,
    stddev_samp(participant_weeks.n_exposures) as sd_exposures
from participant_weeks
inner join fct_participant_weeks as weeks
    on
        participant_weeks.participant_id = weeks.participant_id
        and participant_weeks.study_week = weeks.study_week
inner join fct_participants as participants
    on participant_weeks.participant_id = participants.participant_id
inner join categories
    on participant_weeks.category_id = categories.category_id
group by
    participant_weeks.category_id,
    categories.category_label,
    categories.position,
    participant_weeks.study_week
order by
    categories.position,
    participant_weeks.category_id,
    participant_weeks.study_week
