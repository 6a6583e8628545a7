"""Where instructions lead to, by their words, as their semantics says."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from functools import cache, lru_cache

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.isa.codec import decode
from hicannx.isa.disassemble import branch_target
from hicannx.isa.load import load_isa
from hicannx.isa.processor import programs
from hicannx.isa.semantics import tree
from hicannx.isa.semantics.machine import Machine
from hicannx.isa.semantics.reference import execute
from hicannx.isa.semantics.state import load_state
from hicannx.isa.semantics.usage import uses
from hicannx.tools.trace.steps import Steps

_next = "NIA"
_special = "SPR"


class Way(enum.Enum):
    """How the next address is chosen where it is not the one behind."""

    NONE = "no branch"
    DIRECT = "to a place that stands in the word"
    LINK = "to where LR points"
    COUNT = "to where CTR points"
    BACK = "back from an interrupt"


@attrs.frozen
class Branch:
    """What a word does to the flow: whether it keeps a way back in LR, and whether it may also go straight on."""

    way: Way = Way.NONE
    links: bool = False
    is_conditional: bool = False


@lru_cache(1 << 14)
def branch_of(word: int) -> Branch:
    """The branch that a word is."""
    row = decode(load_isa(), word)
    if row is None or not row.semantics:
        return Branch()
    program = programs()[row.name]
    targets = list(_targets(program.body))
    if not targets:
        return Branch()
    names = [name for value in targets for name in _names(value)]
    met = [one for one in uses(program) if word & one.when.mask == one.when.match]
    links = any(one.what == "LR" and one.write for one in met)
    return Branch(_way(names), links, any(one.what in ("CR", "CTR") and one.when.mask for one in met))


def _way(names: list[str]) -> Way:
    if any(name.startswith(_special) for name in names):
        return Way.BACK
    return Way.LINK if "LR" in names else Way.COUNT if "CTR" in names else Way.DIRECT


def _targets(statements: tuple[tree.Statement, ...]) -> Iterator[tree.Expression]:
    """What is assigned to the next address."""
    for statement in statements:
        match statement:
            case tree.Assign(place=tree.Name(text=name), value=value) if name == _next:
                yield value
            case tree.If(then=then, otherwise=otherwise):
                yield from _targets(then + otherwise)


def _names(value: tree.Expression) -> Iterator[str]:
    for one in tree.subexpressions(value):
        if isinstance(one, tree.Name):
            yield one.text
        elif isinstance(one, tree.Index):
            yield one.name


def falls_through(word: int, pc: int, cr: int, lr: int, ctr: int) -> bool:
    """Whether a branch goes straight on, with the registers as they are before it."""
    row = decode(load_isa(), word)
    assert row is not None
    machine = Machine()
    machine.registers |= {"CR": cr, "LR": lr, "CTR": ctr}
    machine.pc = pc
    execute(programs()[row.name], word, machine)
    return machine.pc == pc + 4


@cache
def vectors() -> dict[int, str]:
    """The addresses at which interrupts enter, and their names."""
    return {one.vector: name for name, one in load_isa().registers.interrupts.items() if one.raised and one.priority}


@cache
def own_exceptions() -> frozenset[int]:
    """The vectors of what an instruction itself raises: then it has not been executed."""
    named = load_isa().registers.interrupts
    return frozenset(named[name].vector for name in load_state().exceptions if name in named)


def interrupted(steps: Steps) -> NDArray[np.int64]:
    """Indices of the instructions behind which an interrupt was entered."""
    near = steps.next_pcs <= max(vectors())
    found = np.flatnonzero(near & steps.jumps)
    return np.array([index for index in found[_at_vectors(steps, found)] if not _is_explained(steps, index)], np.int64)


def _at_vectors(steps: Steps, found: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of them lead to a vector, but for branches that name its address: loops of small programs."""
    pairs = steps.pcs[found] << 32 | steps.next_pcs[found]
    unique, first, inverse = np.unique(pairs, return_index=True, return_inverse=True)
    chosen = np.zeros(len(unique), bool)
    for number, index in enumerate(found[first]):
        pc, target = int(steps.pcs[index]), int(steps.next_pcs[index])
        word = int(steps.records["word"][index])
        chosen[number] = target in vectors() and branch_target(load_isa(), word, pc) != target
    return np.asarray(chosen[inverse.reshape(-1)], np.bool_)


def _is_explained(steps: Steps, index: int) -> bool:
    """Whether an indirect branch leads there by itself."""
    way, target = branch_of(int(steps.records["word"][index])).way, int(steps.next_pcs[index])
    column = {Way.LINK: "lr", Way.COUNT: "ctr"}.get(way)
    return column is not None and int(steps.before[column][index]) & ~3 == target
