-- dimension_bands
--
-- Where most participants' scores lie, by dimension and study week: over everybody, all arms and sites.
-- A week with fewer participants than the smallest group that the viewer may see is left out; so is one
-- in which the others, without the viewer's own participants, are fewer (see queries.card).
-- Grain: one row per dimension_id and study_week with enough participants.
-- Reads: fct_dimension_bands
-- Concerns: no participant; percentiles of groups of at least $smallest, the same for whoever asks
--
-- Param:  smallest  INTEGER  fewest participants of a group that the viewer may see
--
-- Column: dimension_id    VARCHAR  dimension, 'alliance' for the total
-- Column: study_week      INTEGER  whole weeks since day 0
-- Column: n_participants  BIGINT   participants with a complete score in that week
-- Column: p10             DOUBLE   one in ten scores is lower; scale points, rounded
-- Column: p50             DOUBLE   middle score; scale points, rounded
-- Column: p90             DOUBLE   one in ten scores is higher; scale points, rounded
select
    dimension_id,
    study_week,
    n_participants,
    p10,
    p50,
    p90
from fct_dimension_bands
where n_participants >= $smallest
order by
    dimension_id,
    study_week
