"""What every section of the study file shares: strictness, and the kinds of value it takes."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Strict,
    StringConstraints,
)

from study.problems import near, show

MOST_ITEMS = 1000


class Part(BaseModel):
    """Base of every section: frozen, and unknown keys are errors."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )


@cache
def known_time_zones() -> frozenset[str]:
    """Every IANA time zone that this machine knows, such as `Europe/London`."""
    return frozenset(available_timezones())


def _time_zone(name: str) -> str:
    if name not in known_time_zones():
        raise ValueError(
            f"{show(name)} is not a time zone.{near(name, known_time_zones())} "
            'Give an IANA name, such as "Europe/London" or "UTC".'
        )
    return name


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty. Write some text.")
    return text


def item_ids(value: Any) -> Any:
    """Items as text: a count `15` becomes `("1", ..., "15")`, numbers in a list become text."""
    if isinstance(value, int) and not isinstance(value, bool):
        if not 1 <= value <= MOST_ITEMS:
            raise ValueError(
                f"{value} items. Give the number of items, 1 to {MOST_ITEMS}, or a list of them."
            )
        return tuple(str(number) for number in range(1, value + 1))
    if isinstance(value, Iterable) and not isinstance(value, str | dict):
        return tuple(_as_text(item) for item in value)
    return value


def _as_text(value: Any) -> Any:
    """Numbers and truth values as JSON writes them; anything else as it is."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def texts_by_key(value: Any) -> Any:
    """A table whose values are compared as text, so that `where = { step = 3 }` works."""
    if isinstance(value, dict):
        return {key: _as_text(inner) for key, inner in value.items()}
    return value


def date_as_text(value: Any) -> Any:
    """A TOML date written without quotes, as the text `2025-01-06`."""
    return value.isoformat() if isinstance(value, date) else value


def one_of_words_or_date(text: str, words: tuple[str, ...]) -> str:
    """The text if it is one of `words` or a date such as 2025-01-06; otherwise a ValueError."""
    if text in words:
        return text
    try:
        date.fromisoformat(text)
    except ValueError:
        allowed = ", ".join(f'"{word}"' for word in words)
        raise ValueError(
            f"{show(text)} is not allowed.{near(text, words)} Give {allowed}, or a date such as "
            '"2025-01-06".'
        ) from None
    return text


Text = Annotated[str, AfterValidator(_not_blank)]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict()]
Flag = Annotated[bool, Strict()]
ItemIds = Annotated[tuple[Text, ...], BeforeValidator(item_ids)]
