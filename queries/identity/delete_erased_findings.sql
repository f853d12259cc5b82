-- delete_erased_findings
--
-- Forget findings of the last load that name whoever is erased, in a file's path for instance; the next
-- load looks anew.
-- Grain: one row per such finding.
-- Reads: findings
--
-- Param: ids VARCHAR[] ids as the sources write them, and what the raw tables call them
delete from findings
where exists (
    select 1
    from (select unnest($ids) as given) as ids
    where contains(concat_ws(' ', subject, message, remedy, places), given)
)
