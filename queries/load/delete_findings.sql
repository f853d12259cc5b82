-- delete_findings
--
-- Forget what an earlier load found.
-- Grain: one row per finding.
-- Reads: findings
delete from findings
