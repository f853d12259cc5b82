-- pattern_sums
--
-- Participants with the same Z'Z taken together: how many they are, and the sum of outer products
-- of their Z'[X y]. The likelihood needs no more of them.
-- Grain: one row per a_i
-- Reads: cross_products
--
-- Column: a_i       DOUBLE  Z'Z, lower triangle by rows
-- Column: n_groups  BIGINT  participants
-- Column: n_rows    BIGINT  their rows
-- Column: g_i       DOUBLE  sum of b_i * b_j, once for each unordered pair: lower triangle by rows
select
    a_i,
    count(*) as n_groups,
    cast(sum(n_rows) as bigint) as n_rows,
    sum(b_i * b_j) as g_i
from cross_products
group by a_i
