-- group_counts
--
-- How many levels each grouping factor has among the analysed rows, and in how many combinations.
-- Each level of one factor lies in a single level of the other where the combinations are as many
-- as its levels: then it is nested.
-- Grain: one row
-- Reads: cross_products
--
-- Column: n_pairs   BIGINT  combinations of levels that occur
-- Column: n_1       BIGINT  levels of the first factor
-- Column: n_2       BIGINT  levels of the second; 1 where there is none
select
    count(*) as n_pairs,
    count(distinct group_1) as n_1,
    count(distinct group_2) as n_2
from cross_products
