-- delete_findings_basis
--
-- Forget what the findings were made from.
-- Grain: one row, or none.
-- Reads: findings_basis
delete from findings_basis
