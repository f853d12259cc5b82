-- outlook_measures
--
-- What was known of each participant's alliance and use, and from the end of which study day on:
-- a score at the end of the day it was given, a week's sessions at the end of the week. All weeks.
-- Grain: one row per participant_id and known_day on which something became known.
-- Reads: fct_dimension_scores, dim_dimensions, fct_participant_weeks, fct_participants
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
--
-- Column: participant_id  VARCHAR  participant
-- Column: known_day       INTEGER  study day at whose end it was known
-- Column: alliance        DOUBLE   scale points of the total; NULL where no score became known
-- Column: use             DOUBLE   sessions begun in the week that ended; NULL where none ended
with

people as (

    select
        participant_id,
        day_zero
    from fct_participants
    where
        day_zero is not null
        and ($sites is null or list_contains(cast($sites as varchar[]), site_id))
        and ($arms is null or list_contains(cast($arms as varchar[]), arm_id))
        and ($cohorts is null or list_contains(cast($cohorts as varchar[]), cohort))
        and (
            $participants is null
            or list_contains(cast($participants as varchar[]), participant_id)
        )

),

scores as (

    select
        scored.participant_id,
        scored.study_day as known_day,
        scored.score
    from fct_dimension_scores as scored
    inner join dim_dimensions
        on scored.dimension_id = dim_dimensions.dimension_id
    where
        dim_dimensions.is_total
        and scored.score is not null
        and scored.study_day >= 0
    qualify row_number() over (
        partition by scored.participant_id, scored.study_day
        order by scored.answered_at desc, scored.occasion_id desc
    ) = 1

),

weeks as (

    select
        people.participant_id,
        cast(date_diff('day', people.day_zero, fct_participant_weeks.week_start) + 6 as integer) as known_day,
        fct_participant_weeks.n_sessions
    from people
    inner join fct_participant_weeks
        on people.participant_id = fct_participant_weeks.participant_id
    where fct_participant_weeks.is_complete_week

),

news as (

    select
        participant_id,
        known_day,
        score as alliance,
        cast(null as double) as sessions
    from scores
    union all
    select
        participant_id,
        known_day,
        cast(null as double) as alliance,
        n_sessions as sessions
    from weeks

)

select
    news.participant_id,
    news.known_day,
    max(news.alliance) as alliance,
    -- The quotes stay: sqlfluff takes them away from a word that its dialect keeps for itself.
    cast(max(news.sessions) as double) as "use"  -- noqa: RF06
from news
inner join people
    on news.participant_id = people.participant_id
where news.known_day >= 0
group by
    news.participant_id,
    news.known_day
order by
    news.participant_id,
    news.known_day
