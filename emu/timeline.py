"""The times of a whole stream of instructions."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.emu.demand import CLASS, COLUMNS, PLAIN, WORD, demand
from hicannx.emu.kernelcache import inner, njit
from hicannx.emu.scoreboard import SLOT, Row, classes, is_memory, issue_plain, issue_scalar, reset, set_system
from hicannx.emu.vectorpipe import SCORE_PLACES, delay_transfer, is_vector, issue_vector
from hicannx.isa.semantics.state import word_bytes
from hicannx.isa.timing import load_model

_BRANCH = classes["branch"]
_bytes = word_bytes()
_taken_to_next = tuple((one.mask, one.match) for one in load_model().branches.taken_to_next)
_cached = 4096


@inner
def advance(s: Row, d: Row, pc: int, nia: int, is_jump: int, more: int) -> int:
    """Issue one instruction; the cycle at which it did. See `issue_scalar` and `issue_vector`."""
    if d[PLAIN]:
        plain = issue_plain(s, d)
        if plain >= 0:
            return plain
    if is_vector(d):
        return issue_vector(s, d, more)
    at = issue_scalar(s, d, pc, nia, is_jump)
    if is_memory(d):
        delay_transfer(s)
    return at


@inner
def is_taken(d: Row, pc: int, nia: int) -> bool:
    """Whether an instruction is a branch and was taken."""
    if d[CLASS] != _BRANCH:
        return False
    taken = nia != pc + _bytes
    for mask, match in _taken_to_next:
        taken = taken or d[WORD] & mask == match
    return taken


@njit
def _issue_all(s: Row, demands: NDArray[np.int64], pcs: Row, words: Row, more: Row, issues: Row) -> int:
    reset(s)
    for place in range(len(pcs)):
        pc, word = pcs[place], words[place]
        d = demands[(pc // _bytes) % _cached]
        if d[WORD] != word or word == 0:
            demand(word, d)
        nia = pcs[place + 1] if place + 1 < len(pcs) else pc + _bytes
        issues[place] = advance(s, d, pc, nia, is_taken(d, pc, nia), more[place])
    return int(s[SLOT])


def new_score(system: str, **changed: int) -> Row:
    """The state of the model in surroundings of timing.yaml, with some of their figures changed."""
    score = np.zeros(SCORE_PLACES, np.int64)
    set_system(score, attrs.evolve(load_model().systems[system], **changed))
    return score


def issue_all(s: Row, pcs: Row, words: Row, more: Row | None = None) -> NDArray[np.int64]:
    """The cycle of issue of each of these instructions, from the release of the reset on; of `wait` that of the sleep.

    `more` are additional cycles of transfers of vectors over the parallel bus.
    """
    issues = np.zeros(len(pcs), np.int64)
    demands = np.zeros((_cached, COLUMNS), np.int64)
    _issue_all(s, demands, pcs, words, np.zeros_like(issues) if more is None else more, issues)
    return issues
