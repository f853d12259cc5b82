"""Section `[blinding]`: what the arms of this study could be told by."""

from pydantic import Field

from study.part import Flag, Id, Part, Text, Whole


class Blinding(Part):
    """What a masked viewer must not see beyond the arms themselves.

    Rapport finds by itself from when on the intended use of the arms differs, and what only some
    arms have in the data. Here stands what it cannot find, or what is known in advance.
    """

    masked: Flag = False
    """Whether every load makes the masked edition too. Where accounts exist it always does."""
    common_weeks: Whole | None = Field(None, ge=0, le=520)
    """Study weeks, from week 0 on, in which all arms are meant to do the same: use after them is
    not shown. Without it, up to the first week in which `[intended_use]` tells the arms apart."""
    features: tuple[Id, ...] = ()
    """Features that only some arms have."""
    events: tuple[Text, ...] = ()
    """Names of events that only some arms have; `*` stands for anything."""
    instruments: tuple[Id, ...] = ()
    """Instruments that only some arms are given."""
    covariates: tuple[Id, ...] = ()
    """Covariates that tell the arm, such as who the therapist is."""
    lengths: Flag = False
    """Whether how long sessions took, and how many events they had, tells the arm: neither is shown
    then. Rapport finds it too, but only after enough sessions."""
    words: tuple[Text, ...] = ()
    """Further words that tell the arm in names of files and in messages; ids and labels of the
    arms are always among them."""
