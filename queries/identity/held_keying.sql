-- held_keying
--
-- What the ids of the raw tables were made with.
-- Grain: one row, none before the first load.
-- Reads: keying
--
-- Column: digest VARCHAR the `digest` of the identities of the load
select digest
from keying
