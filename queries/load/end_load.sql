-- end_load
--
-- Note that a load came to its end.
-- Grain: one row per load.
-- Reads: loads
--
-- Param:  load_id      VARCHAR    the load's id
-- Param:  finished_at  TIMESTAMP  when
update loads
set finished_at = $finished_at
where load_id = $load_id
