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
select
    $load_id as load_id,
    coalesce(max(load_number), 0) + 1 as load_number,
    $started_at as started_at,
    null as finished_at,
    $study_hash as study_hash,
    $rapport_version as rapport_version
from loads
