-- cross_products
--
-- All that a linear mixed model needs to know of each participant's rows: Z'Z and Z'[X y], Z the
-- columns of the random effects (z_i) and [X y] those of the fixed effects with the outcome (x_j),
-- in standardised units (A_i and B_i in the documentation of models).
-- Grain: one row per group_1 and group_2
-- Reads: model_numbers
--
-- Column: group_1  INTEGER  level of the first grouping factor, of the type of its column
-- Column: group_2  INTEGER  level of the second; 0 where there is none
-- Column: n_rows   BIGINT   analysed rows
-- Column: a_i      DOUBLE   sum of z_i * z_j, once for each unordered pair: lower triangle by rows
-- Column: b_i      DOUBLE   sum of z_i * x_j, once for each pair, i before j
select
    group_1,
    group_2,
    count(*) as n_rows,
    sum(z_i * z_j) as a_i,
    sum(z_i * x_j) as b_i
from model_numbers
group by group_1, group_2
