-- drop_fields
--
-- JSON objects without some of their top-level fields.
-- Grain: one row per text in `lines`.
-- Reads: lines
--
-- Param:  patch  VARCHAR  a JSON object whose fields, all null, name what is removed
--
-- Column: position  BIGINT   place of the text, from 0
-- Column: kept      VARCHAR  the object without them; other text as it was
select
    lines.position,
    case
        when json_valid(lines.line) and starts_with(ltrim(lines.line), '{')
            then cast(json_merge_patch(lines.line, $patch) as varchar)
        else lines.line
    end as kept
from lines
