"""The Flesch-Kincaid grade of a text: for tests that hold sentences to a reading level.

Kincaid, Fishburne, Rogers & Chissom (1975): 0.39 · words per sentence + 11.8 · syllables per word
- 15.59. Syllables are groups of vowels, without a silent e; a number counts as one word with one
syllable for each of its digits.
"""

import re

WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?|\d+(?:[.,]\d+)*")
SENTENCE_END = re.compile(r"[.!?:](?=\s|$)")
SILENT = re.compile(r"(?:[^laeiouycghsxz]es|[^aeioudty]ed|[^l]e|(?<=[aeiouy])le)$")


def grade(text: str) -> float:
    """The school grade of a text with at least one word."""
    words = WORD.findall(text)
    n_sentences = max(len(SENTENCE_END.findall(text)), 1)
    n_syllables = sum(syllables(word) for word in words)
    return 0.39 * len(words) / n_sentences + 11.8 * n_syllables / len(words) - 15.59


def syllables(word: str) -> int:
    """How many syllables a word is spoken with, by its spelling; at least one."""
    if word[0].isdigit():
        return sum(letter.isdigit() for letter in word)
    word = word.lower().removesuffix("'s")
    spoken = SILENT.sub(lambda found: found.group()[0], word) if len(word) > 2 else word
    return max(len(re.findall(r"[aeiouy]+", spoken)), 1)
