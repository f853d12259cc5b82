-- unmapped_events
--
-- Event names that belong to no feature, session or survey of the study file, by volume.
-- Grain: one row per event name.
-- Reads: fct_unmapped_events, fct_data_days
--
-- Param:  sites         VARCHAR[]  sites that the viewer may see; NULL = all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL = all
--
-- Column: event_name      VARCHAR  name in the export
-- Column: n_events        BIGINT   loaded events of that name
-- Column: n_participants  BIGINT   participants who have one; NULL for a viewer of some sites or participants
-- Column: share           DOUBLE   of all loaded events, 0 to 1
with

whole as (

    select cast(sum(n_events) as double) as n_events
    from fct_data_days

)

select
    fct_unmapped_events.event_name,
    fct_unmapped_events.n_events,
    -- Names are not counted by site, and how many have one elsewhere is not for everybody.
    case
        when $sites is null and $participants is null then fct_unmapped_events.n_participants
    end as n_participants,
    fct_unmapped_events.n_events / nullif(whole.n_events, 0) as share
from fct_unmapped_events
cross join whole
order by
    fct_unmapped_events.n_events desc,
    fct_unmapped_events.event_name asc
