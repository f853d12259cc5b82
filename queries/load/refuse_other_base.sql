-- refuse_other_base
--
-- Refuse an instrument's answers where the whole file looks coded from 0 instead of 1, or from 1
-- instead of 0: at least 20 answers, some just outside one end of the range, and none at the other.
-- The upper side asks for more, because an unused lowest answer is common and a slip happens: only
-- where the range begins at 0, and with one answer in twenty outside.
-- Grain: one row per answer of such an instrument.
-- Reads: judged_answers
--
-- Param: settled  VARCHAR[]  instruments whose coding the study file states
update judged_answers
set
    cell_rule = 'coded_from_other_base',
    expected = concat(
        'answers from ', cast(bases.low as integer), ' to ', cast(bases.high as integer),
        '; the whole file looks coded from ', cast(bases.low + bases.shift as integer),
        ': if so, set add = { ', bases.instrument_id, ' = ', cast(-bases.shift as integer),
        ' } under the source''s answers in study.toml, and if not, ', bases.instrument_id, ' = 0'
    )
from (
    select
        instrument_id,
        min(low) as low,
        min(high) as high,
        case when min(value) < min(low) then -1 else 1 end as shift
    from judged_answers
    where
        row_rule is null
        and value is not null
        and value = floor(value)
        and not list_contains($settled, instrument_id)
    group by instrument_id
    having
        count(*) >= 20
        and (
            (min(value) = min(low) - 1 and max(value) < min(high))
            or (
                min(low) = 0
                and max(value) = min(high) + 1
                and min(value) > min(low)
                and count(*) filter (where value > high) * 20 >= count(*)
            )
        )
) as bases
where
    judged_answers.instrument_id = bases.instrument_id
    and judged_answers.value is not null
