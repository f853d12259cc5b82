-- stg_participants_changed
--
-- Whose events changed since the build before, and from when on. A build that takes nothing from
-- the build before counts everybody's events from the first, and so does every build for those whose
-- use is shown until another day than before.
-- Grain: one row per participant_id whose events are counted anew.
-- Reads: raw.events, raw.participant_changes, dim_basis, fct_use_limits, kept.fct_use_limits
--
-- Column: participant_id      VARCHAR    participant
-- Column: participant_number  INTEGER    stands for the participant in this build
-- Column: changed_from_at     TIMESTAMP  first event that may have changed (UTC)
with

changes as (

    select
        events.participant_id,
        min(events.occurred_at) as changed_from_at
    from raw.events as events
    cross join dim_basis
    where dim_basis.is_full
    group by events.participant_id
    union all
    select
        changes.participant_id,
        min(changes.events_from) as changed_from_at
    from raw.participant_changes as changes
    cross join dim_basis
    where
        not dim_basis.is_full
        and changes.load_number > dim_basis.kept_load_number
        and changes.events_from is not null
    group by changes.participant_id
    union all
    select
        limits.participant_id,
        timestamp '1900-01-02 00:00:00' as changed_from_at
    from fct_use_limits as limits
    cross join dim_basis
    left join kept.fct_use_limits as kept_limits
        on limits.participant_id = kept_limits.participant_id
    where
        not dim_basis.is_full
        and coalesce(limits.last_shown_date <> kept_limits.last_shown_date, true)

),

earliest as (

    select
        participant_id,
        min(changed_from_at) as changed_from_at
    from changes
    group by participant_id

)

select
    participant_id,
    cast(row_number() over (order by participant_id) as integer) as participant_number,
    changed_from_at
from earliest
