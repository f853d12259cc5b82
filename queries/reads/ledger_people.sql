-- ledger_people
--
-- Who has a line in a grid of the ledger: a study week at risk, or a survey that was due; and the share
-- done of what is no longer open, where the lines are put in its order.
-- Grain: one row per participant_id.
-- Reads: fct_participants, fct_participant_weeks, fct_ledger, dim_sites, dim_surveys
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: arms          VARCHAR[]  arms to keep; NULL = all
-- Param: cohorts       VARCHAR[]  months of enrolment to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
-- Param: first_week    INTEGER    first study week to keep
-- Param: last_week     INTEGER    last study week to keep
-- Param: kind          VARCHAR    'session' or 'survey'
-- Param: with_share    BOOLEAN    false leaves the share out
--
-- Column: participant_id  VARCHAR  participant
-- Column: site_label      VARCHAR  recruiting centre
-- Column: site_position   INTEGER  order of the sites
-- Column: enrolled_date   DATE     local date of enrolment
-- Column: share_done      DOUBLE   done of what is not open or excused; NULL where there is none, or not asked
with

visible as (

    select
        people.participant_id,
        coalesce(sites.label, 'Site not known') as site_label,
        coalesce(sites.position, 9999) as site_position,
        people.enrolled_date
    from fct_participants as people
    left join dim_sites as sites
        on people.site_id = sites.site_id
    where
        ($sites is null or list_contains(cast($sites as varchar[]), people.site_id))
        and ($arms is null or list_contains(cast($arms as varchar[]), people.arm_id))
        and ($cohorts is null or list_contains(cast($cohorts as varchar[]), people.cohort))
        and (
            $participants is null
            or list_contains(cast($participants as varchar[]), people.participant_id)
        )

),

listed as (

    select participant_id
    from fct_participant_weeks
    where
        $kind = 'session'
        and study_week between $first_week and $last_week
    union
    select ledger.participant_id
    from fct_ledger as ledger
    inner join dim_surveys as surveys
        on ledger.survey_id = surveys.survey_id
    where
        $kind = 'survey'
        and ledger.kind = 'survey'
        and ledger.study_week between $first_week and $last_week

),

shares as (

    select
        ledger.participant_id,
        cast(count(*) filter (where ledger.status in ('done', 'late')) as double)
        / nullif(count(*) filter (where ledger.status in ('done', 'late', 'missed')), 0) as share_done
    from fct_ledger as ledger
    left join fct_participant_weeks as weeks
        on
            ledger.participant_id = weeks.participant_id
            and ledger.study_week = weeks.study_week
    where
        $with_share
        and ledger.kind = $kind
        and ledger.study_week between $first_week and $last_week
        -- The grid of sessions has weeks at risk only.
        and ($kind = 'survey' or weeks.participant_id is not null)
    group by ledger.participant_id

)

select
    visible.participant_id,
    visible.site_label,
    visible.site_position,
    visible.enrolled_date,
    shares.share_done
from visible
inner join listed
    on visible.participant_id = listed.participant_id
left join shares
    on visible.participant_id = shares.participant_id
order by visible.participant_id
