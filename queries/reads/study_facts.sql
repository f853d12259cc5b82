-- study_facts
--
-- What every page says of the study and the build it shows.
-- Grain: one row.
-- Reads: dim_study, dim_build
-- Concerns: no participant; study and build
--
-- Column: study_id         VARCHAR    study id in study.toml
-- Column: title            VARCHAR    title of the study
-- Column: planned_weeks    INTEGER    weeks of intended use, from study week 0
-- Column: last_week        INTEGER    last study week that may hold data
-- Column: nonusage_days    INTEGER    days without use after which use counts as ended
-- Column: has_intended_use BOOLEAN    false where "usage" must be said instead of "adherence"
-- Column: smallest_cell    INTEGER    smallest group that is shown
-- Column: build_id         VARCHAR    the build
-- Column: built_at         TIMESTAMP  UTC
-- Column: as_of_at         TIMESTAMP  UTC; time of the last loaded event, or the study's own date
-- Column: as_of_date       DATE       the same as a date
-- Column: rapport_version  VARCHAR    version that built it
select
    dim_study.study_id,
    dim_study.title,
    dim_study.planned_weeks,
    dim_study.last_week,
    dim_study.nonusage_days,
    dim_study.has_intended_use,
    dim_study.smallest_cell,
    dim_build.build_id,
    dim_build.built_at,
    dim_build.as_of_at,
    dim_build.as_of_date,
    dim_build.rapport_version
from dim_study
cross join dim_build
