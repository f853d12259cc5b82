-- card_versions
--
-- Since when one participant's events bear each version of the app.
-- Grain: one row per app_version.
-- Reads: fct_participants, fct_app_versions
--
-- Param:  sites         VARCHAR[]  site ids to return; NULL = all
-- Param:  arms          VARCHAR[]  arm ids to return; NULL = all
-- Param:  cohorts       VARCHAR[]  enrolment months to return; NULL = all
-- Param:  participants  VARCHAR[]  participants that the viewer may see; NULL = all
-- Param:  participant   VARCHAR    the one participant to return
--
-- Column: app_version  VARCHAR  version of the app, as the export has it
-- Column: first_date   DATE     first local date with an event of it
-- Column: study_day    BIGINT   that date as whole days since day 0
select
    versions.app_version,
    versions.first_date,
    date_diff('day', people.day_zero, versions.first_date) as study_day
from fct_app_versions as versions
inner join fct_participants as people
    on versions.participant_id = people.participant_id
where
    people.participant_id = $participant
    and ($sites is null or list_contains(cast($sites as varchar[]), people.site_id))
    and ($arms is null or list_contains(cast($arms as varchar[]), people.arm_id))
    and ($cohorts is null or list_contains(cast($cohorts as varchar[]), people.cohort))
    and (
        $participants is null
        or list_contains(cast($participants as varchar[]), people.participant_id)
    )
order by
    versions.first_date,
    versions.app_version
