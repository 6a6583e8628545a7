"""The times of a whole stream of instructions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.demand import demand
from hicannx.emu.kernelcache import inner, njit
from hicannx.emu.prediction import REDIRECT, is_predicted
from hicannx.emu.score import (
    DECODED_COLUMNS,
    ENTRY,
    GIVES,
    SCORE_PLACES,
    SLOT,
    SYSTEM,
    WORD_MASK,
    Row,
    places,
    system_row,
)
from hicannx.emu.scoreboard import (
    earliest_scalar,
    is_branch,
    is_memory,
    is_wait,
    issue_scalar,
    move_to,
    reset,
)
from hicannx.emu.vectorpipe import delay_transfer, earliest_vector, is_vector, issue_vector
from hicannx.isa.semantics.state import word_bytes

_bytes = word_bytes()


@inner
def earliest(s: Row, d: Row) -> int:
    """The first cycle at which an instruction can issue."""
    return earliest_vector(s, d) if is_vector(d) else earliest_scalar(s, d)


@inner
def issue(s: Row, d: Row, pc: int, nia: int) -> None:
    """Issue an instruction in its slot; see `issue_scalar` and `issue_vector`."""
    if is_vector(d):
        issue_vector(s, d, s[SLOT])
        move_to(s, s[SLOT] + 1)
    else:
        issue_scalar(s, d)
        if is_memory(d):
            delay_transfer(s)
        elif is_branch(d) and not is_predicted(s, d, pc, nia):
            move_to(s, s[SLOT] - 1 + REDIRECT)
        elif is_wait(d):  # another instruction follows: it did not sleep
            move_to(s, s[SLOT] + 1)


@njit
def _issue_all(s: Row, decoded: NDArray[np.int64], pcs: Row, words: Row, issues: Row) -> None:
    reset(s, 0)
    for place in range(len(pcs)):
        pc, word = pcs[place], words[place]
        d = decoded[pc // _bytes % places]
        if d[GIVES] == 0 or d[ENTRY] & WORD_MASK != word:
            d[ENTRY] = word
            demand(word, d)
        nia = pcs[place + 1] if place + 1 < len(pcs) else pc + _bytes
        move_to(s, earliest(s, d))
        issues[place] = s[SLOT]
        issue(s, d, pc, nia)


def new_score(system: str, **changed: int) -> Row:
    """The state of the model in surroundings of timing.yaml, with some of their figures changed."""
    score = np.zeros(SCORE_PLACES, np.int64)
    row = system_row(system, **changed)
    score[SYSTEM : SYSTEM + len(row)] = row
    return score


def issue_all(s: Row, pcs: Row, words: Row) -> NDArray[np.int64]:
    """The cycle of issue of each of these instructions, from the release of the reset on; of `wait` that of the sleep.

    Vectors that go over the parallel bus go to the nearest memory.
    """
    issues = np.zeros(len(pcs), np.int64)
    decoded = np.zeros((places, DECODED_COLUMNS), np.int64)
    _issue_all(s, decoded, pcs, words, issues)
    return issues
