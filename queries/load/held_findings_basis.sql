-- held_findings_basis
--
-- What the findings that are kept were made from.
-- Grain: one row, or none.
-- Reads: findings_basis
--
-- Column: digest  VARCHAR  digest of all that decides what is found
select digest
from findings_basis
