-- dimension_measures
--
-- Which scale measures each dimension, and whether that link is only a hypothesis.
-- Grain: one row per dimension_id.
-- Reads: dim_dimensions, dim_dimension_scales, dim_scales, dim_instruments
-- Concerns: no participant; the study's own words
--
-- Column: dimension_id      VARCHAR  dimension, or 'alliance' for the total
-- Column: dimension_label   VARCHAR  as the pages name it
-- Column: position          INTEGER  order of the dimensions
-- Column: is_total          BOOLEAN  the alliance total
-- Column: instrument_label  VARCHAR  instrument of the primary scale; NULL when nothing measures it
-- Column: scale_label       VARCHAR  primary scale; NULL when nothing measures it
-- Column: is_hypothesis     BOOLEAN  the study file marks the link as a hypothesis; NULL when none
-- Column: low               DOUBLE   lowest score that the scale can give
-- Column: high              DOUBLE   highest score that the scale can give
with

primary_scales as (

    select
        dimension_id,
        instrument_id,
        scale_id,
        is_hypothesis
    from dim_dimension_scales
    where position = 0

)

select
    dimensions.dimension_id,
    dimensions.label as dimension_label,
    dimensions.position,
    dimensions.is_total,
    instruments.label as instrument_label,
    scales.label as scale_label,
    primary_scales.is_hypothesis,
    scales.low,
    scales.high
from dim_dimensions as dimensions
left join primary_scales
    on dimensions.dimension_id = primary_scales.dimension_id
left join dim_scales as scales
    on
        primary_scales.instrument_id = scales.instrument_id
        and primary_scales.scale_id = scales.scale_id
left join dim_instruments as instruments
    on primary_scales.instrument_id = instruments.instrument_id
order by
    dimensions.position,
    dimensions.dimension_id
