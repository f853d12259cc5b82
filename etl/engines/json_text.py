"""Where Spark reads a property of an event otherwise than DuckDB does: refused before it matters.

Both compare the text of a JSON value with the text of the study file. Texts, booleans, whole
numbers and fractions are the same text on both; fractions below a thousandth or of ten millions and
more are not (`0.0005` is `5.0E-4` on Spark), nor can Spark ask for a name with an apostrophe.
"""

import re

import polars as pl

from study.errors import UserError

_FRACTION = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_WHOLE = re.compile(r"-?\d+")
LEAST, MOST = 1e-3, 1e7
"""Between these Spark (Java) writes fractions without an exponent, as DuckDB does."""


def require_same_text(asked: pl.DataFrame) -> None:
    """Raise `UserError` where a property or value of the study means something else on Spark.

    Parameters
    ----------
    asked
        `property` and `property_value`, as the study file has them.
    """
    for name, value in asked.select("property", "property_value").iter_rows():
        if "'" in name:
            raise UserError(
                f"The study asks events for the property {name!r}: Spark cannot find a name with "
                "an apostrophe. Build without --engine spark, or have the app call it otherwise."
            )
        if value is not None and is_other_text(value):
            raise UserError(
                f"The study asks for events whose {name!r} is {value}: Spark writes such numbers "
                "another way, so it would find other events than DuckDB. Build without --engine "
                "spark, or have the app log it as text."
            )


def is_other_text(value: str) -> bool:
    """Whether a JSON number of this text has another text on Spark."""
    if not _FRACTION.fullmatch(value) or _WHOLE.fullmatch(value):
        return False
    size = abs(float(value))
    return bool(size) and not LEAST <= size < MOST
