-- fct_covariates
--
-- What the roster says of participants at the beginning: the covariates of the study file. A text
-- that is not a number was refused on loading, so a number is either there or not known. In a masked
-- edition a text that names an arm is not known.
-- Grain: one row per participant_id and covariate_id that is known.
-- Reads: stg_roster, dim_covariates, dim_blinding
--
-- Column: participant_id  VARCHAR  participant
-- Column: covariate_id    VARCHAR  covariate
-- Column: number_value    DOUBLE   the number; NULL for a category
-- Column: text_value      VARCHAR  the category; NULL for a number
with

kept as (

    select
        stg_roster.participant_id,
        dim_covariates.covariate_id,
        dim_covariates.kind,
        json_extract_string(
            stg_roster.properties,
            '$."covariate:' || dim_covariates.covariate_id || '"'
        ) as value_text
    from stg_roster
    cross join dim_covariates

)

select
    participant_id,
    covariate_id,
    case when kind = 'number' then try_cast(value_text as double) end as number_value,
    case when kind = 'category' then value_text end as text_value
from kept
cross join dim_blinding
where
    value_text is not null
    and not (dim_blinding.is_masked and regexp_matches(lower(value_text), dim_blinding.hidden_words))
