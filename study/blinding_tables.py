"""What a build needs to know of masking while it is made, and must not keep."""

import polars as pl

from study.blinding import POOLED, MaskedStudy
from study.blinding_parts import HiddenEvent
from study.definition import Study

BLINDING_SCHEMA = pl.Schema(
    {
        "is_masked": pl.Boolean(),
        "shown_arm_id": pl.String(),
        "use_weeks": pl.Int32(),
        "hidden_words": pl.String(),
        "hides_length": pl.Boolean(),
    }
)
HIDDEN_SCHEMA = pl.Schema(
    {"event_name": pl.String(), "property": pl.String(), "property_value": pl.String()}
)


def blinding_tables(study: Study) -> dict[str, pl.DataFrame]:
    """Tables that say what is masked; in the open edition nothing is.

    `dim_blinding` has one row. `use_weeks` is NULL where all use is shown; `shown_arm_id` is the
    one arm of a masked edition, NULL where arms are dealt out (`dim_dealt_arms`) or open.
    `dim_hidden_events` names events that are passed over: all of a name, or (property not NULL)
    those with a property of a value.
    """
    row: tuple[bool, str | None, int | None, str | None, bool] = (False, None, None, None, False)
    events: tuple[HiddenEvent, ...] = ()
    dealt: tuple[tuple[str, str], ...] = ()
    if isinstance(study, MaskedStudy):
        shown = POOLED if study.edition == "masked" else None
        row = (True, shown, study.use_weeks, study.hidden_words, study.hides_length)
        events, dealt = study.hidden_events, study.dealt
    return {
        "dim_blinding": pl.DataFrame([row], schema=BLINDING_SCHEMA, orient="row"),
        "dim_hidden_events": pl.DataFrame(list(events), schema=HIDDEN_SCHEMA, orient="row"),
        "dim_dealt_arms": pl.DataFrame(
            list(dealt), schema={"participant_id": pl.String(), "arm_id": pl.String()}, orient="row"
        ),
    }
