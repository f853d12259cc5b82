-- things_by_arm
--
-- How many participants of each arm have what could be of some arms only: stages of features and
-- versions of them in the weeks that a masked edition would show, instruments at any time.
-- Grain: one row per kind, thing and arm_id with any.
-- Reads: fct_participants, fct_exposures, fct_decision_points, fct_scores
--
-- Param: use_weeks  INTEGER  study weeks, from week 0 on, of which use would be shown
--
-- Column: kind            VARCHAR  feature, variant or instrument
-- Column: thing           VARCHAR  its id
-- Column: part            VARCHAR  stage of the feature, or version; '' for instruments
-- Column: arm_id          VARCHAR  arm
-- Column: n_participants  BIGINT   participants who have it
with

pairs as (

    select distinct
        'feature' as kind,
        feature_id as thing,
        stage as part,
        participant_id
    from fct_exposures
    where study_week < $use_weeks
    union all
    select distinct
        'variant' as kind,
        feature_id as thing,
        coalesce(variant_id, '') as part,
        participant_id
    from fct_decision_points
    where study_week < $use_weeks
    union all
    select distinct
        'instrument' as kind,
        instrument_id as thing,
        '' as part,
        participant_id
    from fct_scores

)

select
    pairs.kind,
    pairs.thing,
    pairs.part,
    people.arm_id,
    count(*) as n_participants
from pairs
inner join fct_participants as people
    on pairs.participant_id = people.participant_id
where people.arm_id is not null
group by
    pairs.kind,
    pairs.thing,
    pairs.part,
    people.arm_id
order by
    pairs.kind,
    pairs.thing,
    pairs.part,
    people.arm_id
