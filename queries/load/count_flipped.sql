-- count_flipped
--
-- How many participants came to the roster or left it.
-- Grain: one row.
-- Reads: flipped
--
-- Column: n_flipped  BIGINT  participants
select count(*) as n_flipped
from flipped
