-- file_numbers
--
-- Numbers of files, from 1: a file that is taken out takes its number with it.
-- Grain: none, a sequence.
create sequence if not exists file_numbers
