-- recruitment_plan
--
-- How many participants are to be enrolled, in all and by site, from when on and by when, as the
-- study file says.
-- Grain: one row for the whole study (site_id '') and one per site; none without such a plan.
-- Concerns: no participant; the words of the study file
-- Reads: dim_recruitment, dim_sites, dim_build
--
-- Column: site_id        VARCHAR  site; '' for the whole study
-- Column: site_label     VARCHAR  as the pages name it
-- Column: site_position  INTEGER  order of the sites; -1 for the whole study
-- Column: target         INTEGER  participants to enrol; NULL where a site has no target of its own
-- Column: begun_date     DATE     first day of recruitment; NULL where the file does not say
-- Column: by_date        DATE     day by which they are to be enrolled; NULL where it does not say
-- Column: closed_date    DATE     last day of recruitment; NULL while it goes on
-- Column: as_of_date     DATE     up to when the data are known
select
    coalesce(dim_recruitment.site_id, '') as site_id,
    coalesce(dim_sites.label, 'All sites') as site_label,
    coalesce(dim_sites.position, -1) as site_position,
    dim_recruitment.target,
    dim_recruitment.begun_date,
    dim_recruitment.by_date,
    dim_recruitment.closed_date,
    dim_build.as_of_date
from dim_recruitment
cross join dim_build
left join dim_sites
    on dim_recruitment.site_id = dim_sites.site_id
order by
    site_position,
    site_id
