"""Random programs: the kernel ends like the reference executor, in everything that there is.

Every instruction takes a cycle here, so that timers and interrupts strike at the same ones.
"""

from __future__ import annotations

import attrs
import pytest
from hypothesis import example, find, given

from hicannx.isa import processor
from hicannx.isa.instruction import Instruction, Semantics
from hicannx.isa.load import load_isa
from hicannx.isa.semantics.load import require_program
from hicannx.isa.semantics.program import Program
from hicannx.source import SourceFile, Span
from hicannx.tools.conform.outcome import passed
from properties.agreement import check, difference, shortest, told
from properties.budget import budget
from properties.case import Case, cases
from properties.word import encoded, instructions

# A handler begins with an instruction that never ends.
_registers = load_isa().registers
_enabled, _doorbell = _registers.machine_state.external_interrupts, _registers.interrupts["doorbell"].vector
_rewrites = ("addis 3,0,0x7c60", "ori 3,3,0x026c", f"stw 3,{_doorbell}(0)", "wait")


@budget(5)
@given(cases())
@example(Case(encoded("fxvstax 0,3,16", "twlge 9,0")))  # handlers begin with a word that is no instruction
@example(Case(encoded("addi 3,0,1", "eciwx 3,0,0")))
@example(Case(encoded(*_rewrites), special={"msr": _enabled}, signals=((9, "doorbell", 1),)))
def test_the_kernel_does_what_the_reference_does(case: Case) -> None:
    check(difference, case)


mistakes = {
    "addi": ("+ SI", "+ SI + 1", "`gpr"),
    "rlwimi": ("& ~inserted", "& inserted", "`gpr"),
    "sthx": ("= RS", "= ~RS", "the word at 0x0000"),
    "fxvmtach": ("ACC[i] =", "ACC[i] = 1 +", "`acc`"),
}


@pytest.mark.parametrize("name", mistakes)
def test_a_mistake_is_told_by_its_instruction_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new, reason = mistakes[name]
    row = load_isa().instructions[name]
    program = _changed(row, old, new)
    monkeypatch.setattr(processor, "programs", lambda: real | {name: program})
    near = cases(instructions(lambda one: one.family in ("logical", row.family)), most=6)
    case = shortest(find(near, lambda one: difference(one) is not passed, settings=budget(20)), difference)
    outcome = difference(case)
    assert outcome.reason.startswith(reason)
    assert told(case, outcome).splitlines()[-1].split()[2].startswith(name)
    assert len(case.words) == 1


real = processor.programs()


def _changed(row: Instruction, old: str, new: str) -> Program:
    """A row with another meaning, which is parsed from a file of its own."""
    assert row.semantics is not None
    text = row.semantics.text.replace(old, new)
    assert text != row.semantics.text
    return require_program(
        attrs.evolve(row, semantics=Semantics(text, Span(SourceFile("changed", text), 0, len(text))))
    )
