-- delete_set_rejections
--
-- Forget refusals that rest on other rows: they are written anew from the statuses.
-- Grain: one row per refused record or answer.
-- Reads: rejected_rows
--
-- Param:  rules  VARCHAR[]  the rules that need all rows
delete from rejected_rows
where list_contains($rules, rule)
