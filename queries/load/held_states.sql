-- held_states
--
-- How files stood on the disk when their content was last read.
-- Grain: one row per file.
-- Reads: file_states
--
-- Column: file_number  INTEGER  the file's number
-- Column: bytes        BIGINT   size
-- Column: written_ns   BIGINT   last write to the content, nanoseconds since 1970
-- Column: changed_ns   BIGINT   last change of anything, its times included, nanoseconds since 1970
-- Column: inode        UBIGINT  its place on the disk
-- Column: noted_ns     BIGINT   when this was seen, nanoseconds since 1970
select
    file_number,
    bytes,
    written_ns,
    changed_ns,
    inode,
    noted_ns
from file_states
