-- extract_fields
--
-- Fields of JSON texts by path; a text that is no JSON object has none. Broken texts are passed over
-- first: `try` would take the two thousand around each one by one.
-- Grain: one row per text in `lines`.
-- Reads: lines
--
-- Param:  paths  VARCHAR[]  JSON paths, for example '$."app"."version"'
--
-- Column: position   BIGINT     place of the text, from 0
-- Column: is_object  BOOLEAN    whether the text is a JSON object
-- Column: fields     VARCHAR[]  what stands at each path, as text; objects and lists as JSON
with

taken as (

    select
        position,
        case
            when json_valid(line) and starts_with(ltrim(line), '{') then json_extract_string(line, $paths)
        end as fields
    from lines

)

select
    position,
    fields is not null as is_object,
    fields
from taken
