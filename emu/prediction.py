"""The table that predicts branches, and what a wrong prediction costs; a row of score.py holds it."""

from __future__ import annotations

from hicannx.emu.kernelcache import inner, merged
from hicannx.emu.rarely import rarely
from hicannx.emu.score import (
    BRANCH,
    BRANCH_PLACE,
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
_NO_TARGET, _last = -1, _ENTRIES - 1
# An entry: the counter, in the lowest bits of the target, where addresses have none; the address, and in its lowest bit
# whether there is a target.
_COUNT, _ADDRESS = _instruction_bytes - 1, (1 << 32) - _instruction_bytes
_ADDRESS_SHIFT, _HAS_TARGET, _NOBODY = 32, 1 << 32, 2 << 32
assert _HIGHEST <= _COUNT, "counters do not fit beside targets"
assert _ENTRIES & _last == 0, "entries are not numbered by whole bits"


@inner
def forget_branches(s: Row) -> None:
    """The table as a reset leaves it; the first instruction counts as one that a wrong prediction has led to."""
    s[REDIRECTED] = 0
    for place in range(BRANCH, BRANCH + _ENTRIES):
        s[place] = _NOBODY


@merged
def is_predicted(s: Row, d: Row, pc: int, nia: int) -> bool:
    """Whether a branch went to `nia` as was predicted; and learn, if the entry is not as it is after many times so."""
    place = BRANCH + (s[BRANCH_PLACE + (pc // _instruction_bytes & (places - 1))] & _last)
    settled = pc << _ADDRESS_SHIFT
    is_jump = nia != pc + _instruction_bytes or d[GIVES] >> FLAGS_SHIFT & JUMPS_ON != 0
    if is_jump:
        settled |= _HAS_TARGET | nia | _HIGHEST
    right = s[place] == settled and s[REDIRECTED] != pc
    if rarely(not right):
        right = _learn(s, place, pc, nia, is_jump)
    s[REDIRECTED] = _NO_TARGET if right else nia
    return bool(right)


@inner
def _learn(s: Row, place: int, pc: int, nia: int, is_jump: bool) -> bool:
    entry, target = s[place], _HAS_TARGET | nia if is_jump else 0
    is_known = entry >> _ADDRESS_SHIFT | 1 == pc | 1
    was = is_known and s[REDIRECTED] != pc and entry & _COUNT >= _PREDICTS
    right = was == is_jump and (not is_jump or entry & (_HAS_TARGET | _ADDRESS) == target)
    if is_known:
        count = min(max((entry & _COUNT) + (1 if is_jump else -1), 0), _HIGHEST)
    else:
        number = s[NEXT_BRANCH] & _last
        s[NEXT_BRANCH] = number + 1
        place, s[BRANCH_PLACE + (pc // _instruction_bytes & (places - 1))] = BRANCH + number, number
        count = _FIRST_TAKEN if is_jump else _FIRST_NOT_TAKEN
    s[place] = pc << _ADDRESS_SHIFT | target | count
    return bool(right)
