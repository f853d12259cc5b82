-- delete_keying
--
-- Forget what the ids of the raw tables were made with.
-- Grain: all rows.
-- Reads: keying
delete from keying
