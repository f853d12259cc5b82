-- stg_events_hidden
--
-- Events that a masked edition passes over for one of their properties: what only some arms have. Those
-- that are passed over for their name are not here. In the open edition there is none.
-- Grain: one row per event that is hidden.
-- Reads: raw.events, dim_hidden_events
--
-- Column: file_number  INTEGER  file
-- Column: source_row   BIGINT   row in the file
with

asked as (

    select
        events.file_number,
        events.source_row,
        hidden.property_value as hidden_value,
        -- A dot reaches into a nested object, or stands in the name of a flat property.
        coalesce(
            json_extract_string(events.properties, '$.' || hidden.property),
            json_extract_string(events.properties, '$."' || hidden.property || '"')
        ) as property_value
    from raw.events as events
    inner join dim_hidden_events as hidden
        on events.event_name = hidden.event_name
    where
        events.status = 'loaded'
        and hidden.property is not null

)

select distinct
    file_number,
    source_row
from asked
where property_value = hidden_value
