-- insert_findings
--
-- Keep what this load found.
-- Grain: one row per finding.
-- Reads: incoming_findings
insert into findings
select
    position,
    severity,
    code,
    source_id,
    subject,
    message,
    remedy,
    n_found,
    places
from incoming_findings
