-- int_names_used
--
-- Which names of events are the participant's own doing. What the app did alone (a reminder scheduled
-- or delivered, a session unlocked) is no use: counted as use, it would break every silence that it
-- answers. An event is the app's own when it fits only stages 'offered' or 'delivered' of features
-- that are not always on, or only the step 'delivered' of the ledger.
-- Grain: one row per name_number.
-- Reads: stg_event_names, int_names_matched, dim_ledger_events
--
-- Column: name_number  INTEGER  name and version of the event
-- Column: is_own       BOOLEAN  the name says that it is own, or not; NULL when the name fits nothing
-- Column: is_settled   BOOLEAN  the properties of the event cannot change that
with

verdicts as (

    select
        name_number,
        is_own
    from int_names_matched
    where property is null
    union all
    select
        names.name_number,
        dim_ledger_events.step <> 'delivered' as is_own
    from stg_event_names as names
    inner join dim_ledger_events
        on names.event_name like dim_ledger_events.event_like escape '\'

),

named as (

    select
        name_number,
        max(case when is_own then 1 else 0 end) = 1 as is_own
    from verdicts
    group by name_number

),

asking as (

    select distinct name_number
    from int_names_matched
    where property is not null

)

select
    names.name_number,
    named.is_own,
    coalesce(named.is_own, false) or asking.name_number is null as is_settled
from stg_event_names as names
left join named
    on names.name_number = named.name_number
left join asking
    on names.name_number = asking.name_number
