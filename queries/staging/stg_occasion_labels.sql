-- stg_occasion_labels
--
-- What the sources' labels of filling-ins are called in a masked edition, where the label itself, such
-- as 'control-week-3', could tell the arm. The open edition keeps them all, so none is here.
-- Grain: one row per participant_id, instrument_id and label.
-- Reads: raw.answers, dim_blinding
--
-- Column: participant_id     VARCHAR  participant
-- Column: instrument_id      VARCHAR  instrument
-- Column: occasion_id        VARCHAR  the source's label
-- Column: shown_occasion_id  VARCHAR  '<instrument>#' and a number
with

labels as (

    select distinct
        answers.participant_id,
        answers.instrument_id,
        answers.occasion_id
    from raw.answers as answers
    cross join dim_blinding
    where
        dim_blinding.is_masked
        and answers.status = 'loaded'
        and answers.occasion_id is not null

)

select
    participant_id,
    instrument_id,
    occasion_id,
    concat(
        instrument_id, '#',
        cast(row_number() over (partition by participant_id, instrument_id order by occasion_id) as varchar)
    ) as shown_occasion_id
from labels
