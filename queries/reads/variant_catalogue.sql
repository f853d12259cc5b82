-- variant_catalogue
--
-- Versions of features that are compared, and whether chance decided between them.
-- Grain: one row per feature_id and variant_id.
-- Reads: dim_variants, dim_features
-- Concerns: no participant; the study file's own list of versions.
--
-- Column: feature_id     VARCHAR  feature
-- Column: feature_label  VARCHAR  its name
-- Column: variant_id     VARCHAR  version
-- Column: variant_label  VARCHAR  its name
-- Column: is_randomised  BOOLEAN  chance decided who got it
-- Column: probability    DOUBLE   how likely it was; NULL where chance did not decide
-- Column: has_property   BOOLEAN  an event property says which version was given
-- Column: position       INTEGER  order in the study file
select
    dim_variants.feature_id,
    dim_features.label as feature_label,
    dim_variants.variant_id,
    dim_variants.label as variant_label,
    dim_variants.is_randomised,
    dim_variants.probability,
    dim_variants.property is not null as has_property,
    dim_variants.position
from dim_variants
inner join dim_features
    on dim_variants.feature_id = dim_features.feature_id
order by
    dim_variants.position
