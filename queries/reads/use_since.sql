-- use_since
--
-- Sessions of participants whom the team contacted, and until when their use is seen: where no session
-- comes after a contact, that says whether there was none or whether it is not known yet.
-- Grain: one row per participant_id and session; one without a session where there was none.
-- Reads: fct_participants, fct_sessions, fct_use_limits, dim_sites, dim_build
--
-- Param:  sites         VARCHAR[]  site ids to return; NULL = all
-- Param:  arms          VARCHAR[]  arm ids to return; NULL = all
-- Param:  cohorts       VARCHAR[]  enrolment months to return; NULL = all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL = all
-- Param:  contacted     VARCHAR[]  participants who were contacted
-- Param:  first_at      TIMESTAMP  sessions begun from then on (UTC)
--
-- Column: participant_id  VARCHAR    participant
-- Column: site_label      VARCHAR    recruiting centre
-- Column: started_at      TIMESTAMP  when a session began (UTC); NULL where there was none
-- Column: seen_until      TIMESTAMP  sessions are seen until then (UTC)
select
    people.participant_id,
    coalesce(dim_sites.label, 'Site not known') as site_label,
    sessions.started_at,
    least(
        cast(dim_build.as_of_at as timestamp),
        coalesce(cast(limits.last_shown_date as timestamp), cast(dim_build.as_of_at as timestamp))
    ) as seen_until
from fct_participants as people
cross join dim_build
left join dim_sites
    on people.site_id = dim_sites.site_id
left join fct_use_limits as limits
    on people.participant_id = limits.participant_id
left join fct_sessions as sessions
    on
        people.participant_id = sessions.participant_id
        and sessions.started_at >= $first_at
where
    list_contains(cast($contacted as varchar[]), people.participant_id)
    and ($sites is null or list_contains(cast($sites as varchar[]), people.site_id))
    and ($arms is null or list_contains(cast($arms as varchar[]), people.arm_id))
    and ($cohorts is null or list_contains(cast($cohorts as varchar[]), people.cohort))
    and (
        $participants is null
        or list_contains(cast($participants as varchar[]), people.participant_id)
    )
order by
    people.participant_id,
    sessions.started_at
