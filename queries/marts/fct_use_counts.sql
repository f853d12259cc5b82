-- fct_use_counts
--
-- The rows of `int_use_weeks` added up over the participants whom the filters cannot tell apart: what
-- pages of the whole study read instead of participants one by one.
-- Grain: one row per arm_id, site_id, cohort and study_week with a row.
-- Reads: int_use_weeks
--
-- Column: arm_id               VARCHAR  randomised group
-- Column: site_id              VARCHAR  recruiting centre
-- Column: cohort               VARCHAR  month of enrolment
-- Column: study_week           INTEGER  study week
-- Column: n_over               BIGINT   participants whose week is over
-- Column: n_open               BIGINT   participants whose week is not over
-- Column: n_left               BIGINT   participants who withdrew before it began
-- Column: n_active             BIGINT   over, with any session
-- Column: n_active_open        BIGINT   not over, with any session
-- Column: n_new                BIGINT   over, first week of use
-- Column: n_continuing         BIGINT   over, used again within the limit of non-usage
-- Column: n_returning          BIGINT   over, used after a longer silence
-- Column: n_quiet              BIGINT   over, without use within the limit
-- Column: n_dormant            BIGINT   over, without use beyond the limit
-- Column: n_not_begun          BIGINT   over, nothing used so far
-- Column: n_active_4_weeks     BIGINT   over, with any session in it or one of the three before
-- Column: active_days          BIGINT   sum of days with use
-- Column: active_days_squared  BIGINT   sum of their squares
select
    arm_id,
    site_id,
    cohort,
    study_week,
    cast(sum(n_over) as bigint) as n_over,
    cast(sum(n_open) as bigint) as n_open,
    cast(sum(n_left) as bigint) as n_left,
    cast(sum(n_active) as bigint) as n_active,
    cast(sum(n_active_open) as bigint) as n_active_open,
    cast(sum(n_new) as bigint) as n_new,
    cast(sum(n_continuing) as bigint) as n_continuing,
    cast(sum(n_returning) as bigint) as n_returning,
    cast(sum(n_quiet) as bigint) as n_quiet,
    cast(sum(n_dormant) as bigint) as n_dormant,
    cast(sum(n_not_begun) as bigint) as n_not_begun,
    cast(sum(n_active_4_weeks) as bigint) as n_active_4_weeks,
    cast(sum(active_days) as bigint) as active_days,
    cast(sum(active_days_squared) as bigint) as active_days_squared
from int_use_weeks
group by
    arm_id,
    site_id,
    cohort,
    study_week
