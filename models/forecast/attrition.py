"""Which surveys will give a row: a chain over the schedule, learnt from those who passed it.

Whether a survey gives a row depends on whether the two before it did. Whoever stops answering
mostly stays silent and whoever withdrew always does: both are in the chain, as are single misses.
"""

from dataclasses import dataclass

import numpy as np

from models.panel import Flags, Floats

SHRINK = 4.0
"""Weight of the share over all surveys, in participants, against that of one survey and state."""
_STATES = 4


@dataclass(frozen=True, eq=False)
class AnswerChain:
    """Chances (surveys, 4) that a survey gives a row, by state: 2 × the one before + the one before
    that (1 where it gave a row). Before the first survey both count as given."""

    chances: Floats

    def fill(self, is_seen: Flags, is_known: Flags, rng: np.random.Generator) -> Flags:
        """Patterns (n, surveys) with what is not known yet drawn; what is known stays."""
        n, n_surveys = is_seen.shape
        filled = is_seen & is_known
        draws = rng.random((n, n_surveys))
        for j in range(n_surveys):
            chance = self.chances[j][_state(filled, j)]
            filled[:, j] = np.where(is_known[:, j], filled[:, j], draws[:, j] < chance)
        return filled

    def longer(self, n_more: int) -> "AnswerChain":
        """The chain with more surveys at the end, each like the mean of the last three."""
        last = self.chances[-3:].mean(axis=0)
        return AnswerChain(np.vstack([self.chances, np.tile(last, (n_more, 1))]))


def answer_chain(is_seen: Flags, is_past: Flags) -> AnswerChain:
    """The chain that so far was seen.

    Parameters
    ----------
    is_seen
        (n, surveys): whether a participant's survey gave a row that can be analysed.
    is_past
        (n, surveys): whether the survey's window is over, for those who left as well.
    """
    n_surveys = is_seen.shape[1]
    tries, hits = np.zeros((n_surveys, _STATES)), np.zeros((n_surveys, _STATES))
    for j in range(n_surveys):
        past = is_past[:, j]
        state = _state(is_seen, j)[past]
        tries[j] = np.bincount(state, minlength=_STATES)
        hits[j] = np.bincount(state, weights=is_seen[past, j], minlength=_STATES)
    # The state of the first surveys is made up in part, so overall shares are of the later ones.
    later = slice(min(2, n_surveys - 1), None)
    overall = (hits[later].sum(axis=0) + 0.5) / (tries[later].sum(axis=0) + 1)
    return AnswerChain((hits + SHRINK * overall) / (tries + SHRINK))


def _state(is_seen: Flags, j: int) -> np.ndarray:
    before = is_seen[:, j - 1] if j >= 1 else np.ones(len(is_seen), dtype=np.bool_)
    two_before = is_seen[:, j - 2] if j >= 2 else np.ones(len(is_seen), dtype=np.bool_)
    return (2 * before + two_before).astype(np.int64)
