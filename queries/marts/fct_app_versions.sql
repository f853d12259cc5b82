-- fct_app_versions
--
-- Since when each participant's events bear each version of the app. Days before anything new are those of
-- the build before. In a masked edition, which asks all events anew, a version that only some arms have is
-- left out: fewer participants of an arm than a fifth of the greatest share in any arm; so is one whose
-- name could tell an arm.
-- Grain: one row per participant_id and app_version that is known.
-- Reads: int_versions_found, kept.fct_app_versions, int_restarts, stg_events, raw.roster, dim_blinding
--
-- Column: participant_id  VARCHAR  participant
-- Column: app_version     VARCHAR  version of the app, as the export has it
-- Column: first_date      DATE     first local date with an event of it
with

found as (

    select
        found_anew.participant_id,
        found_anew.app_version,
        found_anew.first_date
    from int_versions_found as found_anew
    cross join dim_blinding
    where not dim_blinding.is_masked
    union all
    select
        kept_versions.participant_id,
        kept_versions.app_version,
        kept_versions.first_date
    from kept.fct_app_versions as kept_versions
    cross join dim_blinding
    left join int_restarts as restarts
        on kept_versions.participant_id = restarts.participant_id
    where
        not dim_blinding.is_masked
        and (
            restarts.participant_id is null
            or kept_versions.first_date < restarts.restart_date
        )
    union all
    select
        stg_events.participant_id,
        stg_events.app_version,
        min(stg_events.local_date) as first_date
    from stg_events
    cross join dim_blinding
    where
        dim_blinding.is_masked
        and stg_events.app_version <> ''
    group by
        stg_events.participant_id,
        stg_events.app_version

),

versions as (

    select
        participant_id,
        app_version,
        min(first_date) as first_date
    from found
    group by
        participant_id,
        app_version

),

arms as (

    select distinct
        participant_id,
        arm_id
    from raw.roster
    where
        status = 'loaded'
        and arm_id is not null

),

sizes as (

    select
        arm_id,
        count(*) as n_participants
    from arms
    group by arm_id

),

names as (

    select distinct app_version
    from versions

),

shares as (

    select
        names.app_version,
        sizes.arm_id,
        count(versions.participant_id) / cast(sizes.n_participants as double) as share
    from names
    cross join sizes
    inner join arms
        on sizes.arm_id = arms.arm_id
    left join versions
        on
            names.app_version = versions.app_version
            and arms.participant_id = versions.participant_id
    group by
        names.app_version,
        sizes.arm_id,
        sizes.n_participants

),

telling as (

    select app_version
    from shares
    group by app_version
    having min(share) < max(share) / 5.0

)

select
    versions.participant_id,
    versions.app_version,
    versions.first_date
from versions
cross join dim_blinding
left join telling
    on versions.app_version = telling.app_version
where
    not dim_blinding.is_masked
    or (
        telling.app_version is null
        and not regexp_matches(lower(versions.app_version), dim_blinding.hidden_words)
    )
