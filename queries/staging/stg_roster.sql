-- stg_roster
--
-- Participants of the roster. Under a data lock, who enrolled later is left out, and a later
-- withdrawal is not known yet. In a masked edition everybody is of the one arm that is shown, known or
-- not; in a scrambled one, of the arm that was dealt to them.
-- Grain: one row per participant_id.
-- Reads: raw.roster, dim_build, dim_blinding, dim_dealt_arms
--
-- Column: participant_id   VARCHAR  participant
-- Column: enrolled_date    DATE     local date of enrolment; NULL when the roster has none
-- Column: arm_id           VARCHAR  randomised group
-- Column: site_id          VARCHAR  recruiting centre
-- Column: withdrawn_date   DATE     local date of withdrawal; NULL while taking part
-- Column: withdrawal_kind  VARCHAR  what the withdrawal ended
-- Column: properties       VARCHAR  further columns that were kept, as a JSON object
with

roster as (

    select
        roster_rows.participant_id,
        roster_rows.enrolled_date,
        case
            when dim_blinding.is_masked then coalesce(dim_blinding.shown_arm_id, dim_dealt_arms.arm_id)
            else roster_rows.arm_id
        end as arm_id,
        roster_rows.site_id,
        roster_rows.withdrawn_date,
        case
            when not dim_blinding.is_masked then roster_rows.withdrawal_kind
            when regexp_matches(lower(roster_rows.withdrawal_kind), dim_blinding.hidden_words) then 'not shown'
            else roster_rows.withdrawal_kind
        end as withdrawal_kind,
        roster_rows.properties,
        (
            roster_rows.withdrawn_date is not null
            and (not dim_build.is_locked or roster_rows.withdrawn_date <= dim_build.as_of_date)
        ) as is_withdrawal_known
    from raw.roster as roster_rows
    cross join dim_build
    cross join dim_blinding
    left join dim_dealt_arms
        on roster_rows.participant_id = dim_dealt_arms.participant_id
    where
        roster_rows.status = 'loaded'
        and (
            not dim_build.is_locked
            or coalesce(roster_rows.enrolled_date <= dim_build.as_of_date, true)
        )

)

select
    participant_id,
    enrolled_date,
    arm_id,
    site_id,
    case when is_withdrawal_known then withdrawn_date end as withdrawn_date,
    case when is_withdrawal_known then withdrawal_kind end as withdrawal_kind,
    properties
from roster
