"""The built-in instruments: scoring keys only.

No item text is kept, because most of it is not free to share. No instrument has a published rule
for items left out, so none is filled in unless the study file lowers `min_items_share`. A
reliability or standard deviation is given only where a source for it was read; a study may give
its own in `norms`.
"""

from study.scoring_key import Instrument, Scale

_WAI_LICENCE = (
    "Copyright; the WAI's rights lie with the Society for Psychotherapy Research, whose limited "
    "release has to be asked for before use."
)
_DARCY = "SD: Darcy et al. (2021), JMIR Formative Research 5(5):e27868, users of one app."


def _items(*numbers: int) -> tuple[str, ...]:
    return tuple(str(number) for number in numbers)


def _first(n_items: int) -> tuple[str, ...]:
    return _items(*range(1, n_items + 1))


WAI_SR = Instrument(
    id="wai_sr",
    label="Working Alliance Inventory, Short Revised (WAI-SR)",
    items=_first(12),
    low=1,
    high=5,
    scales=(
        Scale(id="total", label="Total", items=_first(12), sd=0.80, reliability_source=_DARCY),
        Scale(id="task", label="Task", items=_items(1, 2, 10, 12)),
        Scale(id="bond", label="Bond", items=_items(3, 5, 7, 9), sd=1.0, reliability_source=_DARCY),
        Scale(id="goal", label="Goal", items=_items(4, 6, 8, 11)),
    ),
    source=(
        "Hatcher & Gillaspy (2006), Psychotherapy Research 16:12-25, "
        "doi:10.1080/10503300500352500. Scored as means of 1 to 5, as papers on apps do; the sum "
        "of 12 to 60 is the same x 12. Not the WAI-S: other items, other range, none reversed."
    ),
    licence=_WAI_LICENCE,
)

WAI_S = Instrument(
    id="wai_s",
    label="Working Alliance Inventory, Short (WAI-S)",
    items=_first(12),
    low=1,
    high=7,
    reverse=_items(4, 10),
    scales=(
        Scale(id="total", label="Total", items=_first(12), aggregate="sum"),
        Scale(id="task", label="Task", items=_items(1, 2, 8, 12), aggregate="sum"),
        Scale(id="bond", label="Bond", items=_items(3, 5, 7, 9), aggregate="sum"),
        Scale(id="goal", label="Goal", items=_items(4, 6, 10, 11), aggregate="sum"),
    ),
    source=(
        "Tracey & Kokotovic (1989), Psychological Assessment 1:207-210, "
        "doi:10.1037/1040-3590.1.3.207. Sums: 12 to 84, subscales 4 to 28; items 4 and 10 "
        "reversed. Check the numbering of your form: versions with another order are about."
    ),
    licence=_WAI_LICENCE,
)

DWAI = Instrument(
    id="dwai",
    label="Digital Working Alliance Inventory (DWAI)",
    items=_first(6),
    low=1,
    high=7,
    scales=(Scale(id="total", label="Total", items=_first(6)),),
    source=(
        "Goldberg et al. (2022), Assessment, doi:10.1177/10731911211015310. One factor; mean of "
        "1 to 7; the sum of 6 to 42 is the same x 6."
    ),
    licence="Published in a SAGE journal without a free licence: ask the authors before use.",
)

ARM_5 = Instrument(
    id="arm_5",
    label="Agnew Relationship Measure, 5 items (ARM-5)",
    items=_first(5),
    low=1,
    high=7,
    reverse=_items(3),
    scales=(Scale(id="total", label="Core alliance", items=_first(5)),),
    source=(
        "Cahill et al. (2012), short forms of the Agnew Relationship Measure. Mean of 1 to 7 "
        "after item 3 is reversed; software that gives 5 to 35 sums instead."
    ),
    licence="Open use is usual; no explicit licence was seen.",
)

TWEETS = Instrument(
    id="tweets",
    label="Twente Engagement with Ehealth Technologies Scale (TWEETS)",
    items=_first(9),
    low=0,
    high=4,
    scales=(
        Scale(
            id="total",
            label="Engagement",
            items=_first(9),
            reliability=0.86,
            reliability_kind="alpha",
            reliability_source="Cronbach's alpha at the first measurement: Kelders et al. (2020).",
        ),
    ),
    source=(
        "Kelders et al. (2020), JMIR 22(10):e17757, doi:10.2196/17757. Mean of 0 to 4; one factor "
        "fits best, so no subscales. Some deployments collect 1 to 5: then give the source "
        "`add = { tweets = -1 }`."
    ),
    licence="CC BY (the article).",
)

UMARS = Instrument(
    id="umars",
    label="Mobile App Rating Scale, user version (uMARS)",
    items=_first(20),
    low=1,
    high=5,
    allows_not_applicable=True,
    scales=(
        Scale(
            id="quality",
            label="App quality",
            of=("engagement", "functionality", "aesthetics", "information"),
            aggregate="mean_of_scales",
            reliability=0.66,
            reliability_kind="retest",
            reliability_source="ICC over 1 to 2 months: Stoyanov et al. (2016).",
        ),
        Scale(id="engagement", label="Engagement", items=_items(1, 2, 3, 4, 5)),
        Scale(id="functionality", label="Functionality", items=_items(6, 7, 8, 9)),
        Scale(id="aesthetics", label="Aesthetics", items=_items(10, 11, 12)),
        Scale(id="information", label="Information", items=_items(13, 14, 15, 16)),
        Scale(id="subjective", label="Subjective quality", items=_items(17, 18, 19, 20)),
    ),
    source=(
        "Stoyanov et al. (2016), JMIR mHealth and uHealth 4(2):e72, doi:10.2196/mhealth.5849. "
        "Quality is the mean of four subscale means, not of the 16 items; items answered N/A are "
        "left out; subjective quality is reported apart. The six items on perceived impact are "
        "not part of this key."
    ),
    licence="CC BY (the article).",
)

SUS = Instrument(
    id="sus",
    label="System Usability Scale (SUS)",
    items=_first(10),
    low=1,
    high=5,
    reverse=_items(2, 4, 6, 8, 10),
    scales=(
        Scale(
            id="total",
            label="Usability",
            items=_first(10),
            aggregate="sum",
            multiplier=2.5,
            shift=-10,
            reliability=0.91,
            reliability_kind="alpha",
            reliability_source=(
                "Cronbach's alpha: Bangor, Kortum & Miller (2008), doi:10.1080/10447310802205776."
            ),
        ),
    ),
    source=(
        "Brooke (1996), in Usability Evaluation in Industry, 189-194. ((odd - 1) + (5 - even)) x "
        "2.5: from 0 to 100, which are not per cent."
    ),
    licence="Free to use, with acknowledgement.",
)

BUILT_IN: tuple[Instrument, ...] = (WAI_SR, WAI_S, DWAI, ARM_5, TWEETS, UMARS, SUS)
BY_ID = {instrument.id: instrument for instrument in BUILT_IN}
