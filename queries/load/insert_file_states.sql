-- insert_file_states
--
-- Note how files stood on the disk when their content was read.
-- Grain: one row per file.
-- Reads: incoming_states, file_states
insert or replace into file_states
select
    file_number,
    bytes,
    written_ns,
    changed_ns,
    inode,
    noted_ns
from incoming_states
