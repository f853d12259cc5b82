-- keying
--
-- What the ids of the raw tables were made with: a fingerprint, which tells nothing of the key.
-- Grain: one row, none before the first load.
create table if not exists keying (digest varchar not null)
