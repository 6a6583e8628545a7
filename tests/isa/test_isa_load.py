"""The instruction set as loaded: what must be there, and what its parts say of each other."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hicannx.isa.build import build
from hicannx.isa.load import describe, load_foreign, load_isa

isa = load_isa()


def test_all_instructions_of_the_processor_are_rows():
    vector = [name for name in isa.instructions if name.startswith("fxv")]
    assert (len(vector), len(isa.instructions) - len(vector)) == (53, 111)


def test_the_cached_tables_are_those_that_the_texts_give():
    fresh = build(describe())
    assert repr(fresh.instructions) == repr(isa.instructions)
    assert repr(fresh.syntaxes) == repr(isa.syntaxes)
    assert (fresh.registers, fresh.timing, fresh.kinds) == (isa.registers, isa.timing, isa.kinds)


@pytest.mark.parametrize(
    ("name", "mnemonics"),
    [
        ("add", {"add", "add.", "addo", "addo."}),
        ("mulhw", {"mulhw", "mulhw."}),
        ("b", {"b", "bl", "ba", "bla"}),
        ("fxvaddactacbm", {"fxvaddactacbm", "fxvaddactacb"}),
        ("fxvaddtach", {"fxvaddtach", "fxvaddtachm"}),
        ("or", {"or", "or.", "mr", "mr.", "yield", "mdoio", "mdoom"}),
        ("mtmsr", {"mtmsr"}),
    ],
)
def test_spellings_of_a_row(name, mnemonics):
    assert {one.mnemonic for one in isa.syntaxes_of[name]} == mnemonics


def test_the_text_of_a_syntax():
    assert isa.syntaxes["lwz"][0].text == "lwz RT, D(RA)"
    assert isa.syntaxes["cmpwi"][0].text == "cmpwi [BF], RA, SI"
    assert isa.syntaxes["fxvsel"][0].text == "fxvsel VRT, VRA, VRB[, COND]"
    assert isa.syntaxes["blr"][0].text == "blr"


def test_operands_know_their_limits():
    rt, si = isa.syntaxes["addi"][0].operands[0], isa.syntaxes["addi"][0].operands[2]
    assert (rt.kind, rt.low, rt.high, rt.check(32)) == ("gpr", 0, 31, "32 is not in the range 0 to 31")
    assert (si.kind, si.signed, si.low, si.high, si.check(-32768)) == ("signed", True, -32768, 32767, None)
    target = isa.syntaxes["bc"][0].operands[2]
    assert target.check(-32766) == "-32766 is not a multiple of 4"
    assert target.relocation == "branch14"
    assert isa.syntaxes["lwz"][0].operands[2].kind == "gpr_or_zero"
    assert isa.syntaxes["addic"][0].operands[1].kind == "gpr"


def test_bits_of_registers_agree_with_the_masks():
    registers = isa.registers
    machine = registers.machine_state
    assert sum(registers.mask("MSR", name) for name in registers.register_bits["MSR"]) == machine.keep
    assert registers.mask("MSR", "EE") == machine.external_interrupts
    kept = sum(registers.mask("MSR", name) for name in ("CE", "ME", "DE"))
    assert kept == machine.kept_on_interrupt
    assert registers.mask("ESR", "PTR") == registers.exception_syndrome["trap"]
    assert registers.mask("TCR", "FP") == 0x03000000
    assert registers.special_registers["XER"].keep == sum(1 << bit for bit in registers.xer.values())


def test_interrupts_are_enabled_by_bits_that_exist_and_have_priorities_of_their_own():
    raised = [one for one in isa.registers.interrupts.values() if one.priority is not None]
    assert sorted(one.priority for one in raised) == [1, 2, 3, 4, 5, 6]
    for one in raised:
        for enabled in one.enabled_by:
            assert isa.registers.mask(*enabled.split(".")) > 0
    vectors = [one.vector for one in isa.registers.interrupts.values()]
    assert vectors == list(range(0, 4 * len(vectors), 4))


def test_every_timing_class_is_used_and_takes_time():
    rows = [*isa.instructions.values(), *load_foreign().instructions.values()]
    assert {row.timing for row in rows} == set(isa.timing)
    assert all(cycles > 0 for cycles in isa.timing.values())


def test_rows_say_where_they_are_from():
    for row in isa.instructions.values():
        assert row.source, row.name
        assert row.span.text == row.name


def test_loading_imports_neither_numba_nor_yaml_when_cached():
    code = (
        "import sys; from hicannx.isa.load import load_isa; from hicannx.isa.disassemble import disassemble;"
        "print(disassemble(load_isa(), 0x38600005)); print(sorted({'numba', 'numpy', 'yaml', 'lark'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines() == ["li r3,5", "[]"]
