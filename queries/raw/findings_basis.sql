-- findings_basis
--
-- What the findings that are kept were made from, as a digest: from the same, the same is found.
-- Grain: one row, or none.
create table if not exists findings_basis (digest varchar not null)
