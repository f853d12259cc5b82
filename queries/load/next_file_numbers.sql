-- next_file_numbers
--
-- Numbers that no file had.
-- Grain: one row per number.
--
-- Param:  how_many  BIGINT  how many are wanted
--
-- Column: file_number  INTEGER  the number
select cast(nextval('file_numbers') as integer) as file_number
from range($how_many)
order by file_number
