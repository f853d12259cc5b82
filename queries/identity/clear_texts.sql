-- clear_texts
--
-- Forget the text of refused rows that hold an id of whoever is erased: rows whose participant could
-- not be read, or which name somebody else.
-- Grain: one row per such row.
-- Reads: rejected_rows
--
-- Param: ids VARCHAR[] ids as the sources write them
update rejected_rows
set raw_text = null
where exists (
    select 1
    from (select unnest($ids) as given) as ids
    where contains(raw_text, given)
)
