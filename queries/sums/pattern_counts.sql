-- pattern_counts
--
-- How many patterns there are: participants with the same Z'Z, such as those seen in the same weeks.
-- Grain: one row
-- Reads: cross_products
--
-- Column: n_patterns  BIGINT  different Z'Z
with

patterns as (

    select a_i
    from cross_products
    group by a_i

)

select count(*) as n_patterns
from patterns
