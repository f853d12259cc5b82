-- column_products
--
-- [X y]'[X y] over all rows, in standardised units (C in the documentation of models).
-- Grain: one row
-- Reads: model_numbers
--
-- Column: n_rows   BIGINT  analysed rows
-- Column: c_i      DOUBLE  sum of x_i * x_j, once for each unordered pair: lower triangle by rows
select
    count(*) as n_rows,
    sum(x_i * x_j) as c_i
from model_numbers
