-- fct_unmapped_events
--
-- Names of events that no feature and no step of the intended use asks for.
-- Grain: one row per event_name.
-- Reads: stg_events, dim_feature_events, dim_ledger_events
--
-- Column: event_name      VARCHAR  name in the export
-- Column: n_events        BIGINT   loaded events of that name
-- Column: n_participants  BIGINT   participants who have one
with

names as (

    select
        event_name,
        count(*) as n_events,
        count(distinct participant_id) as n_participants
    from stg_events
    group by event_name

),

patterns as (

    select event_like from dim_feature_events
    union
    select event_like from dim_ledger_events

),

mapped as (

    select distinct names.event_name
    from names
    inner join patterns
        on names.event_name like patterns.event_like escape '\'

)

select
    names.event_name,
    names.n_events,
    names.n_participants
from names
left join mapped
    on names.event_name = mapped.event_name
where mapped.event_name is null
