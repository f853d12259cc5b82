-- asked_properties
--
-- Properties of events that the study asks for, with the values that it compares them with.
-- Grain: one row per property and property_value.
-- Reads: dim_feature_events, dim_variants, dim_hidden_events
--
-- Column: property        VARCHAR  property
-- Column: property_value  VARCHAR  value
select
    property,
    property_value
from dim_feature_events
where property is not null
union
select
    property,
    property_value
from dim_variants
where property is not null
union
select
    property,
    property_value
from dim_hidden_events
where property is not null
