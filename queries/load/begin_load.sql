-- begin_load
--
-- Note that a load began.
-- Grain: one row per load.
-- Reads: loads
--
-- Param:  load_id          VARCHAR    the load's id
-- Param:  started_at       TIMESTAMP  when
-- Param:  study_hash       VARCHAR    digest of the study file
-- Param:  rapport_version  VARCHAR    version of the program
insert into loads
values ($load_id, $started_at, null, $study_hash, $rapport_version)
