-- count_renamed
--
-- How many names the id maps give otherwise now.
-- Grain: one row.
-- Reads: renamed
--
-- Column: n_renamed BIGINT names that files may hold and no load would give
select count(*) as n_renamed
from renamed
