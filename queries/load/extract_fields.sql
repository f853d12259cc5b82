-- extract_fields
--
-- Fields of JSON texts by path; a text that is no JSON object has none.
-- Grain: one row per text in `lines`.
-- Reads: lines
--
-- Param:  paths  VARCHAR[]  JSON paths, for example '$."app"."version"'
--
-- Column: position   BIGINT     place of the text, from 0
-- Column: is_object  BOOLEAN    whether the text is a JSON object
-- Column: fields     VARCHAR[]  what stands at each path, as text; objects and lists as JSON
select
    lines.position,
    coalesce(json_valid(lines.line) and starts_with(ltrim(lines.line), '{'), false) as is_object,
    case
        when json_valid(lines.line) and starts_with(ltrim(lines.line), '{')
            then json_extract_string(lines.line, $paths)
    end as fields
from lines
