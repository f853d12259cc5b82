-- event_properties
--
-- Empty place for the properties that the tables of single events hold, by event id.
-- Grain: one row per event and table it stands in.
create or replace temp table event_properties (event_key uhugeint, place bigint, properties varchar)
