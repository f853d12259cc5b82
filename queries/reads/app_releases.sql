-- app_releases
--
-- Versions of the app, and since when they have been seen: the first date by which as many participants
-- had a version as the viewer's smallest group, so that no date is one participant's.
-- Grain: one row per app_version.
-- Reads: fct_app_versions, fct_participants
--
-- Param: sites         VARCHAR[]  sites to keep; NULL = all
-- Param: participants  VARCHAR[]  participants that may be seen; NULL = all
-- Param: smallest      INTEGER    participants who make a group
--
-- Column: app_version     VARCHAR  version of the app, as the export has it
-- Column: first_date      DATE     by when that many had it; NULL where fewer ever did
-- Column: n_participants  BIGINT   participants who ever had it
with

ranked as (

    select
        versions.participant_id,
        versions.app_version,
        versions.first_date,
        row_number() over (
            partition by versions.app_version
            order by versions.first_date, versions.participant_id
        ) as place
    from fct_app_versions as versions
    inner join fct_participants as people
        on versions.participant_id = people.participant_id
    where
        (cast($sites as varchar[]) is null or list_contains(cast($sites as varchar[]), people.site_id))
        and (
            cast($participants as varchar[]) is null
            or list_contains(cast($participants as varchar[]), people.participant_id)
        )

)

select
    app_version,
    min(case when place = $smallest then first_date end) as first_date,
    count(*) as n_participants
from ranked
group by app_version
order by
    min(first_date),
    app_version
