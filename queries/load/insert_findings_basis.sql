-- insert_findings_basis
--
-- Note what the findings were made from.
-- Grain: one row.
--
-- Param:  digest  VARCHAR  digest of all that decides what is found
insert into findings_basis
select $digest as digest
