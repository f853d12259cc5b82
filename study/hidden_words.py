"""Which texts name an arm, or something that only some arms have."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from study.definition import Study

SHORTEST = 3
"""A shorter word ("A", "1") stands in too many texts to tell anything."""
WHOLE_BELOW = 4
"""A word of fewer letters counts only where no letter or digit touches it."""
NOT_SHOWN = "(not shown: it could tell the arm)"


@dataclass(frozen=True)
class HiddenWords:
    """Words that must not stand in a text that a masked viewer reads, whatever their case.

    `whole` are words that only count where no letter or digit touches them.
    """

    words: tuple[str, ...]
    whole: tuple[str, ...] = ()

    @property
    def pattern(self) -> str:
        """Regular expression (RE2 and Java alike) to be looked for in the text in lower case.

        It finds nothing where there are no words.
        """
        each = [_pattern(word, is_whole=len(word) < WHOLE_BELOW) for word in self.words]
        each += [_pattern(word, is_whole=True) for word in self.whole]
        return "|".join(each) or "[^\\s\\S]"

    def are_in(self, *texts: str | None) -> bool:
        """Whether any of the texts has one of the words."""
        return any(re.search(self.pattern, text.lower()) for text in texts if text)

    def scrubbed(self, text: str, instead: str = NOT_SHOWN) -> str:
        """The text, or something else where it has one of the words."""
        return instead if self.are_in(text) else text

    def and_also(self, words: Iterable[str]) -> "HiddenWords":
        """These words, and others as whole words: names from the data may be common words."""
        return HiddenWords(self.words, _settled((*self.whole, *words)))


def words_of_arms(study: Study) -> HiddenWords:
    """Ids and labels of the study's arms, and what the study file adds to them."""
    names = (name for arm in study.arms for name in (arm.id, arm.label, arm.masked_label))
    declared = (*study.blinding.words, *(name.replace("*", "") for name in study.blinding.events))
    return HiddenWords(_settled((*names, *declared)))


def _settled(words: Iterable[str]) -> tuple[str, ...]:
    stripped = (word.strip().lower() for word in words)
    return tuple(sorted({word for word in stripped if len(word) >= SHORTEST}))


def _pattern(word: str, *, is_whole: bool) -> str:
    # Words may be joined by a blank, a dash or an underscore: STOP-6 is STOP_6.
    parts = [re.escape(part) for part in re.split(r"[\s_-]+", word) if part]
    inner = "[\\s_-]*".join(parts) or re.escape(word)
    return f"(^|[^a-z0-9]){inner}($|[^a-z0-9])" if is_whole else inner
