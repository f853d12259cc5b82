-- outlook_surveys
--
-- The schedule of the instrument that measures a dimension, for every participant: what became of
-- each survey, or that it is still to come. All weeks.
-- Grain: one row per participant_id and survey_id.
-- Reads: fct_participants, dim_surveys, dim_dimension_scales, fct_ledger, fct_dimension_scores, dim_study, dim_build
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
-- Param: dimension     VARCHAR    dimension whose primary scale counts
--
-- Column: participant_id  VARCHAR  participant
-- Column: survey_id       VARCHAR  scheduled filling-in
-- Column: due_day         INTEGER  days from the start of study week 0 to the due day
-- Column: status          VARCHAR  as in the ledger; 'coming', or 'gone' for who left before it
-- Column: occasion_id     VARCHAR  filling-in that satisfies it; NULL where there is none
-- Column: is_past         BOOLEAN  its window is over, whether or not the participant was there
select
    people.participant_id,
    dim_surveys.survey_id,
    dim_surveys.due_day,
    coalesce(
        fct_ledger.status,
        case when people.is_dropout_event then 'gone' else 'coming' end
    ) as status,
    scored.occasion_id,
    case
        when dim_study.week_rule = 'calendar' then cast(date_trunc('week', people.day_zero) as date)
        else people.day_zero
    end + (dim_surveys.due_day + dim_surveys.window_after_days) <= dim_build.surveys_until as is_past
from fct_participants as people
cross join dim_surveys
cross join dim_study
cross join dim_build
inner join dim_dimension_scales as scales
    on dim_surveys.instrument_id = scales.instrument_id
left join fct_ledger
    on
        people.participant_id = fct_ledger.participant_id
        and dim_surveys.survey_id = fct_ledger.survey_id
left join fct_dimension_scores as scored
    on
        fct_ledger.participant_id = scored.participant_id
        and fct_ledger.done_at = scored.answered_at
        and scales.dimension_id = scored.dimension_id
where
    people.day_zero is not null
    and scales.dimension_id = $dimension
    and scales.position = 0
    and ($sites is null or list_contains(cast($sites as varchar[]), people.site_id))
    and ($arms is null or list_contains(cast($arms as varchar[]), people.arm_id))
    and ($cohorts is null or list_contains(cast($cohorts as varchar[]), people.cohort))
    and (
        $participants is null
        or list_contains(cast($participants as varchar[]), people.participant_id)
    )
order by
    people.participant_id,
    dim_surveys.due_day,
    dim_surveys.survey_id
