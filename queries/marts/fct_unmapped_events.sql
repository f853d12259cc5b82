-- fct_unmapped_events
--
-- Names of events that no feature and no step of the intended use asks for.
-- Grain: one row per event_name.
-- Reads: stg_event_names, stg_events, dim_feature_events, dim_ledger_events
--
-- Column: event_name      VARCHAR  name in the export
-- Column: n_events        BIGINT   loaded events of that name
-- Column: n_participants  BIGINT   participants who have one
with

names as (

    select
        event_name,
        cast(sum(n_events) as bigint) as n_events
    from stg_event_names
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

),

unmapped as (

    select
        names.event_name,
        names.n_events
    from names
    left join mapped
        on names.event_name = mapped.event_name
    where mapped.event_name is null

),

-- Distinct first, then counted: far quicker than a count of distinct ids.
pairs as (

    select distinct
        unmapped.event_name,
        stg_events.participant_id
    from stg_events
    inner join unmapped
        on stg_events.event_name = unmapped.event_name

),

counted as (

    select
        event_name,
        count(*) as n_participants
    from pairs
    group by event_name

)

select
    unmapped.event_name,
    unmapped.n_events,
    counted.n_participants
from unmapped
inner join counted
    on unmapped.event_name = counted.event_name
