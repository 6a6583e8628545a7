"""Random scalar programs: the kernel does what another emulator of the Power ISA does, where both do the same."""

from __future__ import annotations

from importlib.util import find_spec

import attrs
import pytest
from hypothesis import given

from hicannx.isa.instruction import Instruction
from hicannx.tools.conform.outcome import Outcome, failed
from properties.agreement import check, differ
from properties.budget import budget
from properties.case import Case, cases
from properties.exclusion import always_excluded
from properties.power import by_kernel, by_unicorn, compared
from properties.word import instructions


def _is_comparable(row: Instruction) -> bool:
    return all(one.kind != "vr" for one in row.fields.values()) and not always_excluded(row)


@pytest.mark.skipif(find_spec("unicorn") is None, reason="unicorn is not installed: pip install unicorn")
@budget(4)
@given(cases(instructions(_is_comparable)))
def test_scalar_instructions_do_what_unicorn_does(case: Case) -> None:
    check(_judge, attrs.evolve(case, power=True, signals=(), special=_quiet(case)))


def _judge(case: Case) -> Outcome:
    from unicorn import UcError

    left, count = by_kernel(case)
    try:
        return differ(compared(by_unicorn(case, count)), compared(left))
    except UcError as error:
        return failed("unicorn refuses an instruction", f"{count} instructions", error)


def _quiet(case: Case) -> dict[str, int]:
    return {name: value for name, value in case.special.items() if name in ("cr", "xer", "lr", "ctr")}
