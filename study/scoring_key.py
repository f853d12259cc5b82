"""Sections `[[instruments]]`: what an instrument's answers may be and how they become scores."""

from typing import Annotated, Literal

from pydantic import Field

from study.part import Flag, Id, ItemIds, Number, Part, Text, Whole

Bound = Annotated[Whole, Field(ge=-1_000_000, le=1_000_000)]
Days = Annotated[Whole, Field(ge=0, le=366)]


class Norms(Part):
    """`norms`, and keys of a scale: what reliable change needs from a reference sample."""

    reliability: Number | None = Field(None, gt=0, lt=1)
    """Of a reference sample, for reliable change."""
    reliability_kind: Literal["retest", "alpha"] = "retest"
    """Test-retest, or Cronbach's alpha, which overstates how small a change is reliable."""
    reliability_source: str = ""
    """Where `reliability` and `sd` come from."""
    sd: Number | None = Field(None, gt=0)
    """Standard deviation in a reference sample, in scale points."""


class Scale(Norms):
    """`[[instruments.scales]]`: a score of an instrument.

    score = multiplier x (aggregate of the keyed items + shift), where a reversed item is keyed
    low + high - answer. With fewer than `min_items` items answered there is no score.
    """

    id: Id
    """Short name, unique within the instrument."""
    label: Text
    """Name shown on pages."""
    items: ItemIds = ()
    """The items that it is made of."""
    of: tuple[Id, ...] = ()
    """For `mean_of_scales`: the scales that it is the mean of. All of them need a score."""
    aggregate: Literal["mean", "sum", "mean_of_scales"] = "mean"
    """How the items become one number. A sum with items left out is their mean x the number of
    items of the scale."""
    multiplier: Number = 1
    """Applied last."""
    shift: Number = 0
    """Added before the multiplier."""
    min_items: Whole | None = Field(None, ge=1)
    """Least number of answered items; without it, the instrument's `min_items_share` decides."""


class Schedule(Part):
    """`schedule`: when an instrument is due."""

    weeks: tuple[Whole, ...] = Field(min_length=1)
    """Study weeks; a survey is due on the first day of its week."""
    window_days: tuple[Days, Days] = (0, 6)
    """Days before and after the due day on which a filling-in still counts as in time."""
    delivered: Text | None = None
    """Name of the event that says that the survey was delivered (`*` stands for anything)."""
    opened: Text | None = None
    """Name of the event that says that the survey was opened."""


class Instrument(Part):
    """An instrument's scoring key. Item text is never kept: most of it is not free to share.

    In a study file, `use = "dwai"` takes one from the built-in catalogue; `id`, `label`,
    `schedule`, `min_items_share` and `norms` may stand beside it.
    """

    id: Id
    """Short name, used in exports and in `instrument.scale`."""
    label: Text
    """Name shown on pages."""
    items: ItemIds = Field(min_length=1)
    """The items' ids, or their number: 15 stands for "1" to "15"."""
    low: Bound
    """Lowest answer that the form allows, the same for all items."""
    high: Bound
    """Highest answer that the form allows."""
    reverse: ItemIds = ()
    """Items that are keyed low + high - answer."""
    allows_not_applicable: Flag = False
    """Whether the form lets people say that an item does not apply."""
    min_items_share: Number = Field(1.0, gt=0, le=1)
    """Least share of a scale's applicable items that must be answered; 1 means all."""
    scales: tuple[Scale, ...] = Field(min_length=1)
    schedule: Schedule | None = None
    source: str = ""
    """Where the key comes from."""
    licence: str = ""
    """Who owns the item text, as far as we know."""

    def scale(self, scale_id: str) -> Scale:
        """The scale with this id; KeyError if there is none."""
        return {scale.id: scale for scale in self.scales}[scale_id]
