"""The reference page of the built-in instruments, from their scoring keys."""

from docs.pages.markdown import table
from study.instruments import BUILT_IN
from study.scoring import least_items
from study.scoring_key import Instrument, Scale


def page() -> str:
    """One section an instrument: items, range, reversal, scales, source."""
    parts = [
        "# Built-in instruments\n\n"
        "Scoring keys only: the text of most items is not free to share, so Rapport never holds "
        'any. Use one with `use = "<id>"` in an `[[instruments]]` section, or write a key of your '
        "own there. An unanswered item is never 0.\n"
    ]
    parts += [_section(instrument) for instrument in BUILT_IN]
    return "\n".join(parts)


def _section(instrument: Instrument) -> str:
    reversed_items = ", ".join(instrument.reverse) or "none"
    facts = (
        f"{len(instrument.items)} items, answered from {instrument.low} to {instrument.high}; "
        f"reverse-keyed: {reversed_items}."
    )
    rows = [_scale(instrument, scale) for scale in instrument.scales]
    scales = table(["scale", "id", "made of", "score", "least items"], rows)
    heading = f"## {instrument.label} (`{instrument.id}`)"
    return "\n\n".join([heading, facts, instrument.source, instrument.licence, scales])


def _scale(instrument: Instrument, scale: Scale) -> tuple[str, str, str, str, object]:
    made_of = ", ".join(scale.of) if scale.of else ", ".join(map(str, scale.items))
    score = scale.aggregate.replace("_", " ")
    if scale.shift or scale.multiplier != 1:
        score = f"({score} {scale.shift:+g}) × {scale.multiplier:g}"
    return scale.label, f"`{scale.id}`", made_of, score, least_items(instrument, scale)
