-- feature_catalogue
--
-- The features of the app, as the study file maps them to principles of persuasive design.
-- Grain: one row per feature_id.
-- Reads: dim_features, dim_principles
-- Concerns: no participant; the study's own words
--
-- Column: feature_id         VARCHAR  feature
-- Column: feature_label      VARCHAR  as the pages name it
-- Column: principle_id       VARCHAR  principle of the PSD model
-- Column: principle_label    VARCHAR  as the pages name it
-- Column: category_id        VARCHAR  category of the PSD model
-- Column: category_label     VARCHAR  as the pages name it
-- Column: category_position  INTEGER  order of the categories
-- Column: exposure_stage     VARCHAR  stage that counts as an exposure
-- Column: is_always_on       BOOLEAN  shown to everybody all the time
-- Column: position           INTEGER  order of the features
with

categories as (

    select
        category_id,
        min(position) as category_position
    from dim_principles
    group by category_id

)

select
    features.feature_id,
    features.label as feature_label,
    features.principle_id,
    principles.label as principle_label,
    features.category_id,
    principles.category_label,
    categories.category_position,
    features.exposure_stage,
    features.is_always_on,
    features.position
from dim_features as features
inner join dim_principles as principles
    on features.principle_id = principles.principle_id
inner join categories
    on features.category_id = categories.category_id
order by
    categories.category_position,
    features.position,
    features.feature_id
