-- probe_pattern
--
-- Fails where a strptime pattern is none.
-- Grain: one row.
--
-- Param:  pattern  VARCHAR  the pattern
--
-- Column: is_read  BOOLEAN  whether the pattern reads an empty text
select try_strptime('', $pattern) is not null as is_read
