-- cell_sums
--
-- Participants of one site with the same Z'Z taken together: how many they are, and the sum of their
-- Z'[X y]. Beside the patterns, a model with a site's own level needs these.
-- Grain: one row per upper level and a_i
-- Reads: nested_products
--
-- Column: upper_level  INTEGER  level of the upper grouping factor, such as the site, of its own type
-- Column: a_i       DOUBLE   Z'Z, lower triangle by rows
-- Column: n_groups  BIGINT   participants
-- Column: b_i       DOUBLE   sum of Z'[X y]
select
    upper_level,
    a_i,
    count(*) as n_groups,
    sum(b_i) as b_i
from nested_products
group by upper_level, a_i
