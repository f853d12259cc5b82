-- findings
--
-- What the last load found to stand out, the gravest first; never a participant's value.
-- Grain: one row per finding.
-- Reads: fct_findings
-- Concerns: no participant; files and study file as a whole
--
-- Column: severity  VARCHAR  'error', 'warning' or 'info'
-- Column: code      VARCHAR  what kind of finding it is
-- Column: place     VARCHAR  source and file, column or key of study.toml; the study where it is meant as a whole
-- Column: message   VARCHAR  what was found
-- Column: remedy    VARCHAR  what to do; may be empty
-- Column: n_found   BIGINT   how many rows, events, participants or files are meant; NULL where none are counted
-- Column: places    VARCHAR  where to look first: files, columns and rows; may be empty
select
    severity,
    code,
    coalesce(nullif(concat_ws(': ', source_id, nullif(subject, '')), ''), 'the study as a whole') as place,
    message,
    remedy,
    n_found,
    places
from fct_findings
order by position
