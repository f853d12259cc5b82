-- indicator_counts
--
-- What indicators of central monitoring count, by site and by month of enrolment. Later surveys and
-- sessions are missed more often, and months enrolled lately have had none of them yet: expected is
-- what the group would show if each of its surveys or weeks went as it goes over all groups. The sums
-- say how alike one participant's trials are.
-- Grain: one row per indicator_id, group_kind and group_id.
-- Reads: fct_participants, fct_ledger, dim_sites, dim_build
--
-- Param:  sites         VARCHAR[]  sites to count; NULL for all
-- Param:  participants  VARCHAR[]  participants to count; NULL for all
-- Param:  early_days    INTEGER    days from day 0 on in which a withdrawal is early
--
-- Column: indicator_id        VARCHAR  'survey_missed', 'survey_late', 'session_missed' or 'early_withdrawal'
-- Column: group_kind          VARCHAR  'site' or 'cohort'
-- Column: group_id            VARCHAR  site, or month of enrolment 'YYYY-MM'
-- Column: group_label         VARCHAR  as the pages name it
-- Column: group_position      INTEGER  order of the sites; 0 for months
-- Column: n_participants      BIGINT   participants with a trial
-- Column: n_trials            BIGINT   what could have been so
-- Column: n_events            BIGINT   what was so
-- Column: n_expected          DOUBLE   what would be so, if each survey or week went as it does in all
-- Column: sum_rest_squared    DOUBLE   sum over participants of (events less expected) squared
-- Column: sum_rest_trials     DOUBLE   sum over participants of (events less expected) times trials
-- Column: sum_trials_squared  DOUBLE   sum over participants of trials squared
with

people as (

    select
        people.participant_id,
        people.site_id,
        people.cohort,
        people.day_zero,
        people.withdrawn_date,
        dim_build.as_of_date
    from fct_participants as people
    cross join dim_build
    where
        ($sites is null or list_contains(cast($sites as varchar[]), people.site_id))
        and (
            $participants is null
            or list_contains(cast($participants as varchar[]), people.participant_id)
        )

),

obligations as (

    select
        ledger.participant_id,
        ledger.kind,
        coalesce(ledger.survey_id, cast(ledger.study_week as varchar)) as stratum,
        count(*) filter (where ledger.status = 'missed') as n_missed,
        count(*) filter (where ledger.status = 'late') as n_late,
        count(*) filter (where ledger.status in ('done', 'late')) as n_done
    from fct_ledger as ledger
    inner join people
        on ledger.participant_id = people.participant_id
    group by
        ledger.participant_id,
        ledger.kind,
        stratum

),

counted as (

    select
        case when kind = 'survey' then 'survey_missed' else 'session_missed' end as indicator_id,
        participant_id,
        stratum,
        n_missed as n_events,
        n_missed + n_done as n_trials
    from obligations
    union all
    select
        'survey_late' as indicator_id,
        participant_id,
        stratum,
        n_late as n_events,
        n_done as n_trials
    from obligations
    where kind = 'survey'
    union all
    select
        'early_withdrawal' as indicator_id,
        participant_id,
        '' as stratum,
        case when withdrawn_date < day_zero + $early_days then 1 else 0 end as n_events,
        1 as n_trials
    from people
    where day_zero + $early_days <= as_of_date

),

usual as (

    select
        indicator_id,
        stratum,
        cast(sum(n_events) as double) / sum(n_trials) as share
    from counted
    group by
        indicator_id,
        stratum
    having sum(n_trials) > 0

),

summed as (

    select
        counted.indicator_id,
        counted.participant_id,
        sum(counted.n_events) as n_events,
        sum(counted.n_trials) as n_trials,
        sum(counted.n_trials * usual.share) as n_expected
    from counted
    inner join usual
        on
            counted.indicator_id = usual.indicator_id
            and counted.stratum = usual.stratum
    group by
        counted.indicator_id,
        counted.participant_id
    having sum(counted.n_trials) > 0

),

grouped as (

    select
        summed.*,
        summed.n_events - summed.n_expected as rest,
        'site' as group_kind,
        people.site_id as group_id
    from summed
    inner join people
        on summed.participant_id = people.participant_id
    union all
    select
        summed.*,
        summed.n_events - summed.n_expected as rest,
        'cohort' as group_kind,
        people.cohort as group_id
    from summed
    inner join people
        on summed.participant_id = people.participant_id

)

select
    grouped.indicator_id,
    grouped.group_kind,
    grouped.group_id,
    coalesce(dim_sites.label, grouped.group_id) as group_label,
    coalesce(dim_sites.position, 0) as group_position,
    cast(count(*) as bigint) as n_participants,
    cast(sum(grouped.n_trials) as bigint) as n_trials,
    cast(sum(grouped.n_events) as bigint) as n_events,
    cast(sum(grouped.n_expected) as double) as n_expected,
    cast(sum(grouped.rest * grouped.rest) as double) as sum_rest_squared,
    cast(sum(grouped.rest * grouped.n_trials) as double) as sum_rest_trials,
    cast(sum(grouped.n_trials * grouped.n_trials) as double) as sum_trials_squared
from grouped
left join dim_sites
    on
        grouped.group_kind = 'site'
        and grouped.group_id = dim_sites.site_id
where grouped.group_id is not null
group by
    grouped.indicator_id,
    grouped.group_kind,
    grouped.group_id,
    dim_sites.label,
    dim_sites.position
order by
    grouped.indicator_id,
    grouped.group_kind,
    group_position,
    grouped.group_id
