-- int_numbers
--
-- The whole numbers from 1 to 100, to count out what is due in a week.
-- Grain: one row per number.
-- Reads:
--
-- Column: number  INTEGER  1 to 100
with

digits as (

    select digit
    from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as listed (digit)  -- noqa: AL05

)

select cast(10 * tens.digit + units.digit + 1 as integer) as number
from digits as tens
cross join digits as units
