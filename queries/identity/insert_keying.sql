-- insert_keying
--
-- Note what the ids of the raw tables are made with.
-- Grain: one row.
--
-- Param: digest VARCHAR the `digest` of the load's identities
insert into keying values ($digest)
