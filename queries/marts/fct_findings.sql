-- fct_findings
--
-- What the last load found to stand out in files and study, as `rapport check` says it. A masked edition
-- leaves out what names an arm, or something that only some arms have.
-- Grain: one row per position.
-- Reads: raw.findings, dim_blinding
--
-- Column: position   INTEGER  order of the list, the gravest first
-- Column: severity   VARCHAR  error, warning or info
-- Column: code       VARCHAR  what kind of finding it is
-- Column: source_id  VARCHAR  source in the study file; NULL where the study as a whole is meant
-- Column: subject    VARCHAR  what it is said of: a file, a column, a key of the study file; may be empty
-- Column: message    VARCHAR  what was found
-- Column: remedy     VARCHAR  what to do; may be empty
-- Column: n_found    BIGINT   how many rows, events, participants or files are meant; NULL where none are counted
-- Column: places     VARCHAR  where to look first: files, columns and rows; may be empty
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
from raw.findings
cross join dim_blinding
where
    not dim_blinding.is_masked
    or not regexp_matches(
        lower(concat_ws(' ', source_id, subject, message, remedy, places)), dim_blinding.hidden_words
    )
