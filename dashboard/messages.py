"""What pages say of themselves, the glossary and the tour: texts from one file a language."""

import tomllib
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

TEXTS = Path(__file__).parent / "texts"
LANGUAGE = "en"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PageText(_Part):
    """What a page answers, how to read it, and what it does not say: a sentence each."""

    about: tuple[str, str, str]


class Term(_Part):
    """A word of the pages and its one meaning."""

    term: str
    words: str


class Stop(_Part):
    """A stop of the tour: the page it stands on, and what to see there."""

    path: str
    words: str


class Labels(_Part):
    """Headings and buttons of help and tour."""

    summary: str
    glossary_title: str
    glossary_lead: str
    pages_title: str
    tour_title: str
    tour_lead: str
    tour_start: str
    tour_empty: str
    tour_step: str
    tour_next: str
    tour_back: str
    tour_end: str


class Messages(_Part):
    """All of a language's file."""

    help: Labels
    pages: dict[str, PageText]
    glossary: tuple[Term, ...]
    tour: tuple[Stop, ...]


@cache
def messages(language: str = LANGUAGE) -> Messages:
    """The texts of a language.

    Raises
    ------
    pydantic.ValidationError
        If a key is missing, or one is there that nothing asks for.
    """
    with (TEXTS / f"{language}.toml").open("rb") as file:
        return Messages.model_validate(tomllib.load(file))
