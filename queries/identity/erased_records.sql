-- erased_records
--
-- Records of whoever is erased, wherever they stand.
-- Grain: one row per record.
-- Reads: events, answers, roster, rejected_rows
--
-- Param: names VARCHAR[] what the raw tables call them
create or replace temp table erased_records as
with

named as (

    select
        file_number,
        source_row,
        participant_id
    from events
    union all
    select
        file_number,
        source_row,
        participant_id
    from answers
    union all
    select
        file_number,
        source_row,
        participant_id
    from roster
    union all
    select
        file_number,
        source_row,
        participant_id
    from rejected_rows

)

select distinct
    file_number,
    source_row
from named
where participant_id in (select unnest($names))
