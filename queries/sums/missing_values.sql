-- missing_values
--
-- Rows of a table, and how many lack a value in each column that a formula names.
-- Grain: one row
-- Reads: model_columns
--
-- Column: n_rows       BIGINT  rows
-- Column: n_missing_i  BIGINT  rows without a value, once a column
select
    count(*) as n_rows,
    count(*) - count(m_i) as n_missing_i
from model_columns
