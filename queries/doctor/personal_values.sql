-- personal_values
--
-- Which kept properties hold values that look like somebody's address, number or birthday; never
-- the values.
-- Grain: one row per source, property and kind of value.
-- Reads: events, roster, files
--
-- Param:  one_in  BIGINT  look at one row in so many
--
-- Column: source_id  VARCHAR  the source's id
-- Column: property   VARCHAR  the property
-- Column: kind       VARCHAR  e_mail, phone, ip, birth_date or free_text
-- Column: n_values   BIGINT   values that look so
with

kept as (

    select
        file_number,
        properties
    from events
    where
        status = 'loaded'
        and properties is not null
        and source_row % $one_in = 0
    union all
    select
        file_number,
        properties
    from roster
    where
        status = 'loaded'
        and properties is not null

),

suspect as (

    select
        file_number,
        properties,
        unnest(json_keys(properties)) as property
    from kept
    where regexp_matches(
        properties,
        '@|"(\+|00)[1-9]|"0[0-9]{2,5}[ /-]|\.[0-9]{1,3}\.[0-9]{1,3}|"19[0-9]{2}-|"20[01][0-9]-|"[^"]{60}'
    )

),

valued as (

    select
        file_number,
        property,
        json_extract_string(properties, concat('$."', property, '"')) as value
    from suspect

),

typed as (

    select
        file_number,
        property,
        case
            when regexp_matches(value, '[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}') then 'e_mail'
            when
                regexp_full_match(
                    value,
                    '((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])'
                )
                and not regexp_matches(lower(property), 'version|build|release')
                then 'ip'
            when
                regexp_full_match(value, '(\+|00)[1-9][0-9 ()./-]{7,18}|0[0-9]{2,5}[ /-][0-9 ]{5,10}')
                then 'phone'
            when regexp_full_match(value, '(19[0-9]{2}|20[01][0-9])-[01][0-9]-[0-3][0-9]') then 'birth_date'
            when length(value) >= 60 and regexp_matches(value, '^[^{\[].*[a-z] [a-z]+ [a-z]+ [a-z]+ ') then 'free_text'
        end as kind
    from valued

)

select
    files.source_id,
    typed.property,
    typed.kind,
    count(*) as n_values
from typed
inner join files
    on typed.file_number = files.file_number
where typed.kind is not null
group by
    files.source_id,
    typed.property,
    typed.kind
order by
    files.source_id,
    typed.property,
    typed.kind
