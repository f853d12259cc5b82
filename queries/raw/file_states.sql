-- file_states
--
-- How each export file stood on the disk when its content was last read: one that stands so still is
-- not read again to see whether it changed. What is not known here is read.
-- Grain: one row per file.
create table if not exists file_states (
    file_number integer primary key,
    bytes bigint not null,
    written_ns bigint not null,
    changed_ns bigint not null,
    inode ubigint not null,
    noted_ns bigint not null
)
