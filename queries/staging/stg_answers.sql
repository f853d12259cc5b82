-- stg_answers
--
-- Answers that count: loaded, and not later than a data lock where the study file sets one.
-- One filling-in has the source's own occasion label; where there is none, the answers that a
-- participant gave to an instrument on one local date belong together. A masked edition numbers them.
-- Grain: one row per loaded answer.
-- Reads: raw.answers, raw.files, dim_build, stg_occasion_labels
--
-- Column: answer_key         VARCHAR    unique and stable: source, file, row and item
-- Column: participant_id     VARCHAR    participant
-- Column: instrument_id      VARCHAR    instrument
-- Column: occasion_id        VARCHAR    label of the filling-in, or '<instrument>@<local date>'
-- Column: item_id            VARCHAR    item
-- Column: answered_at        TIMESTAMP  when (UTC)
-- Column: local_date         DATE       date in the participant's time zone
-- Column: value              DOUBLE     answer as given; NULL when unanswered or not applicable
-- Column: is_not_applicable  BOOLEAN    the participant chose "not applicable"
select
    concat(
        files.source_id, ':', files.path, ':',
        lpad(cast(answers.source_row as varchar), 12, '0'), ':', answers.item_id
    ) as answer_key,
    answers.participant_id,
    answers.instrument_id,
    coalesce(
        labels.shown_occasion_id,
        answers.occasion_id,
        concat(answers.instrument_id, '@', cast(answers.local_date as varchar))
    ) as occasion_id,
    answers.item_id,
    answers.answered_at,
    answers.local_date,
    answers.value,
    coalesce(answers.is_not_applicable, false) as is_not_applicable
from raw.answers as answers
inner join raw.files as files
    on answers.file_number = files.file_number
cross join dim_build
left join stg_occasion_labels as labels
    on
        answers.participant_id = labels.participant_id
        and answers.instrument_id = labels.instrument_id
        and answers.occasion_id = labels.occasion_id
where
    answers.status = 'loaded'
    and (not dim_build.is_locked or answers.local_date <= dim_build.as_of_date)
