-- fct_adherence
--
-- Each participant under each named definition of adherence. Without intended use and its
-- justification there is no adherence, and no row. A week still running, or cut short by a
-- withdrawal, is not judged. A calendar week that began before day 0 is not whole either, but what
-- was due in it was due.
--   share_done    done of the sessions due whose week is over, excused ones left out
--   weeks_active  share of whole weeks with at least `minimum` sessions
--   minutes       minutes of use in the weeks at risk; judged once the threshold is reached, or when
--                 the time at risk is over and in the data
--   persistent    share of the last `minimum` whole weeks with any session; judged once there are
--                 as many
-- Grain: one row per participant_id and definition_id.
-- Reads: dim_adherence, dim_study, dim_build, int_participants_dated, fct_participant_weeks, fct_ledger
--
-- Column: participant_id  VARCHAR  participant
-- Column: definition_id   VARCHAR  definition
-- Column: value           DOUBLE   share 0 to 1, or minutes; NULL when it cannot be judged yet
-- Column: is_evaluable    BOOLEAN  it can be judged
-- Column: is_adherent     BOOLEAN  value >= threshold; NULL when it cannot be judged yet
with

pairs as (

    select
        participants.participant_id,
        participants.use_end_date,
        dim_adherence.definition_id,
        dim_adherence.rule,
        dim_adherence.threshold,
        dim_adherence.minimum,
        least(
            participants.planned_end_date,
            coalesce(participants.withdrawn_date, participants.planned_end_date)
        ) <= dim_build.observed_until as is_over
    from int_participants_dated as participants
    cross join dim_adherence
    cross join dim_study
    cross join dim_build
    where dim_study.has_intended_use

),

closed as (

    select
        fct_ledger.participant_id,
        sum(case when fct_ledger.status = 'done' then 1.0 else 0.0 end) as n_done,
        count(*) as n_due
    from fct_ledger
    cross join dim_build
    where
        fct_ledger.kind = 'session'
        and fct_ledger.status in ('done', 'missed')
        and fct_ledger.window_end <= dim_build.observed_until
    group by fct_ledger.participant_id

),

weeks as (

    select
        participant_id,
        study_week,
        n_sessions,
        active_s,
        is_complete_week,
        row_number() over (
            partition by participant_id, is_complete_week order by study_week desc
        ) as weeks_from_last
    from fct_participant_weeks

),

weekly as (

    select
        pairs.participant_id,
        pairs.definition_id,
        sum(case when weeks.is_complete_week then 1 else 0 end) as n_weeks,
        sum(
            case when weeks.is_complete_week and weeks.n_sessions >= pairs.minimum then 1.0 else 0.0 end
        ) as n_weeks_active,
        cast(sum(cast(weeks.active_s as decimal(18, 6))) as double) / 60.0 as minutes,
        sum(
            case
                when
                    weeks.is_complete_week
                    and weeks.weeks_from_last <= pairs.minimum
                    and weeks.n_sessions > 0
                    then 1.0
                else 0.0
            end
        ) as n_last_weeks_active
    from pairs
    inner join weeks
        on pairs.participant_id = weeks.participant_id
    group by
        pairs.participant_id,
        pairs.definition_id

),

valued as (

    select
        pairs.participant_id,
        pairs.definition_id,
        pairs.threshold,
        case
            when pairs.rule = 'share_done' then closed.n_done / nullif(closed.n_due, 0)
            when pairs.rule = 'weeks_active' then weekly.n_weeks_active / nullif(weekly.n_weeks, 0)
            when pairs.rule = 'minutes' and (pairs.is_over or weekly.minutes >= pairs.threshold)
                then weekly.minutes
            when pairs.rule = 'persistent' and weekly.n_weeks >= pairs.minimum
                then weekly.n_last_weeks_active / nullif(pairs.minimum, 0)
        end as value
    from pairs
    left join closed
        on pairs.participant_id = closed.participant_id
    left join weekly
        on
            pairs.participant_id = weekly.participant_id
            and pairs.definition_id = weekly.definition_id

)

select
    participant_id,
    definition_id,
    cast(value as double) as value,
    value is not null as is_evaluable,
    value >= threshold as is_adherent
from valued
