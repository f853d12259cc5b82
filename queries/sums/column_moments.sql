-- column_moments
--
-- Where each column of a model lies and how far it spreads, for units in which sums of products keep
-- their digits; and whether it could be computed in all rows. Of values whose squares would leave
-- the range of numbers nothing but that they are there is told.
-- Grain: one row
-- Reads: model_values
--
-- Column: n_rows    BIGINT  analysed rows
-- Column: n_i       BIGINT  rows in which the column could be computed, once a column
-- Column: n_inside_i BIGINT  rows in which its square can be computed, too
-- Column: low_i     DOUBLE  smallest value
-- Column: high_i    DOUBLE  largest value
-- Column: mean_i    DOUBLE  mean
-- Column: spread_i  DOUBLE  standard deviation, of all rows
select
    count(*) as n_rows,
    count(v_i) as n_i,
    count(case when abs(v_i) < 1e140 then v_i end) as n_inside_i,
    min(v_i) as low_i,
    max(v_i) as high_i,
    avg(case when abs(v_i) < 1e140 then v_i end) as mean_i,
    stddev_pop(case when abs(v_i) < 1e140 then v_i end) as spread_i
from model_values
