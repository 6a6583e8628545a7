"""The table that predicts branches, and what a wrong prediction costs; a row of score.py holds it."""

from __future__ import annotations

from hicannx.emu.kernelcache import inner
from hicannx.emu.score import (
    BRANCH,
    BRANCH_COUNT,
    BRANCH_PLACE,
    BRANCH_TARGET,
    FLAGS_SHIFT,
    GIVES,
    JUMPS_ON,
    NEXT_BRANCH,
    REDIRECTED,
    Row,
    places,
)
from hicannx.isa.semantics.state import word_bytes
from hicannx.isa.timing import load_model

_branches, _instruction_bytes = load_model().branches, word_bytes()
_ENTRIES, REDIRECT, _HIGHEST, _PREDICTS = _branches.entries, _branches.redirect, _branches.highest, _branches.predicts
_FIRST_TAKEN, _FIRST_NOT_TAKEN = _branches.first_taken, _branches.first_not_taken
_NO_TARGET = -1


@inner
def forget_branches(s: Row) -> None:
    """The table as a reset leaves it; the first instruction counts as one that a wrong prediction has led to."""
    s[REDIRECTED] = 0
    for place in range(BRANCH, BRANCH_TARGET):
        s[place] = _NO_TARGET


@inner
def is_predicted(s: Row, d: Row, pc: int, nia: int) -> bool:
    """Whether a branch went to `nia` as was predicted; and learn."""
    told = BRANCH_PLACE + (pc // _instruction_bytes & (places - 1))
    place = s[told]
    is_known = s[BRANCH + place] == pc
    is_jump = nia != pc + _instruction_bytes or d[GIVES] >> FLAGS_SHIFT & JUMPS_ON != 0
    was = is_known and s[REDIRECTED] != pc and s[BRANCH_COUNT + place] >= _PREDICTS
    right = was == is_jump and (not is_jump or s[BRANCH_TARGET + place] == nia)
    if is_known:
        count = s[BRANCH_COUNT + place] + (1 if is_jump else -1)
        s[BRANCH_COUNT + place] = min(max(count, 0), _HIGHEST)
    else:
        place = s[NEXT_BRANCH]
        s[NEXT_BRANCH] = (place + 1) % _ENTRIES
        s[BRANCH + place], s[told] = pc, place
        s[BRANCH_COUNT + place] = _FIRST_TAKEN if is_jump else _FIRST_NOT_TAKEN
    s[BRANCH_TARGET + place] = nia if is_jump else _NO_TARGET
    s[REDIRECTED] = _NO_TARGET if right else nia
    return bool(right)
