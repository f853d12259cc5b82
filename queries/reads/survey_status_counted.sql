-- survey_status_counted
--
-- The same as `survey_status` for viewers of whole sites, of participants that the build has added up.
-- Grain: one row per survey_id, status and use.
-- Like: reads/survey_status.sql
-- Reads: fct_survey_counts, dim_surveys, dim_instruments
select
    counts.survey_id,
    surveys.label as survey_label,
    counts.instrument_id,
    coalesce(instruments.label, counts.instrument_id) as instrument_label,
    counts.study_week,
    counts.status,
    counts.use,
    cast(sum(counts.n_participants) as bigint) as n_participants
from fct_survey_counts as counts
inner join dim_surveys as surveys
    on counts.survey_id = surveys.survey_id
left join dim_instruments as instruments
    on counts.instrument_id = instruments.instrument_id
where
    cast($participants as varchar[]) is null
    and (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), counts.site_id))
    and (cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), counts.arm_id))
    and (cast($cohorts as varchar[]) is null or list_contains(cast($cohorts as varchar[]), counts.cohort))
    and counts.study_week between $first_week and $last_week
group by
    counts.survey_id,
    surveys.label,
    counts.instrument_id,
    coalesce(instruments.label, counts.instrument_id),
    counts.study_week,
    counts.status,
    counts.use
order by
    counts.study_week,
    counts.survey_id,
    counts.status,
    counts.use
