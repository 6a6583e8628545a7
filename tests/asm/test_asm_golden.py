"""Objects, words and rejections of an independent assembler for the same processor, from the same sources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hicannx.asm.assemble import assemble
from hicannx.asm.options import Options
from hicannx.diagnostic import DiagnosticError, Severity
from hicannx.source import SourceFile
from hicannx.tools.conform.examine import Failure, examine
from hicannx.tools.conform.find import find
from hicannx.tools.conform.folder import read_folder
from hicannx.tools.conform.kind import load_check
from hicannx.tools.conform.outcome import Outcome, passed
from hicannx.tools.conform.read import read_content
from hicannx.tools.conform.record import Context

vectors = Path(__file__).parent.parent / "vectors" / "toolchain"
gas = Options(dialect="gas")


def told(failures: list[Failure]) -> list[tuple[str, str, str, str, str]]:
    return [(one.place, one.shown, one.outcome.reason, one.outcome.expected, one.outcome.got) for one in failures]


# How many records each file has, so that none goes missing; those of disasm_random.jsonl are no sources.
counts = {
    "encodings/branch.jsonl.xz": 388,
    "encodings/branch_cond.jsonl.xz": 3072,
    "encodings/branch_ctr.jsonl.xz": 1548,
    "encodings/compare.jsonl.xz": 256,
    "encodings/cr.jsonl.xz": 608,
    "encodings/d_arith.jsonl.xz": 192,
    "encodings/d_arith_ext.jsonl.xz": 224,
    "encodings/d_logic.jsonl.xz": 192,
    "encodings/disasm_random.jsonl.xz": 3756,
    "encodings/fxv.jsonl.xz": 1695,
    "encodings/loadstore.jsonl.xz": 1024,
    "encodings/logic_ext.jsonl.xz": 129,
    "encodings/regname_pct.jsonl.xz": 640,
    "encodings/regnames_flag.jsonl.xz": 620,
    "encodings/rotate.jsonl.xz": 192,
    "encodings/rotate_ext.jsonl.xz": 789,
    "encodings/rotate_mask.jsonl.xz": 192,
    "encodings/rtl_only.jsonl": 2,
    "encodings/shift.jsonl.xz": 256,
    "encodings/spr.jsonl.xz": 1277,
    "encodings/system.jsonl": 16,
    "encodings/trap.jsonl.xz": 960,
    "encodings/x_logic.jsonl.xz": 768,
    "encodings/xo.jsonl.xz": 1920,
    "encodings/xo_ext.jsonl.xz": 256,
    "errors.jsonl.xz": 425,
    "warnings.jsonl": 14,
    "accepted_surprises.jsonl": 14,
    "snippets.jsonl.xz": 96,
}


@pytest.mark.parametrize("name", counts)
def test_records(name: str) -> None:
    """Every record passes; none is skipped."""
    (result,) = examine(find([vectors / name]))
    assert told(result.failures) == []
    assert result.passed == counts[name]


def test_no_file_is_left_out() -> None:
    found = {str(path.relative_to(vectors)) for path in vectors.rglob("*.jsonl*") if path.parent.name != "exec"}
    assert found - {"link_cases.jsonl.xz"} == counts.keys()


def objects() -> Iterator[tuple[Path, str]]:
    """Every object file of the programs, written by hand or by a compiler."""
    for folder in sorted(vectors.glob("*programs/*.*")) + sorted(vectors.glob("programs/p*")):
        yield from ((folder, record.place) for record, _ in read_folder(folder) if "expected" in record.data)


@pytest.mark.parametrize(("folder", "place"), list(objects()), ids=lambda one: getattr(one, "name", one))
def test_objects(folder: Path, place: str) -> None:
    """Sections, symbols and relocations are the same."""
    (record,) = (record for record, _ in read_folder(folder) if record.place == place)
    outcome: Outcome = load_check("object")(record.data, Context(folder))
    assert outcome == passed


def test_no_object_is_left_out() -> None:
    assert len(list(objects())) == 36 + 23


# What the other assembler rejects and the processor's own dialect does not: names of registers without a percent sign;
# mnemonics and branch options that mean something to the processor, or that it ignores; a subsection of .bss.
accepted_here = {"regname", "unknown_mnemonic", "branch_bo"}
accepted_sources = {
    " mtocrf 0x81,3\n",
    " mtocrf 0,3\n",
    " mtocrf 3,3\n",
    " mfocrf 3,0\n",
    " mfcr 3,3\n",
    " .bss 4\n",
    " .macro m a,a\n nop\n.endm\n",
    " .eqv b,1\n .eqv b,2\n",
}


def test_rejected_sources_of_the_own_dialect() -> None:
    """Whatever is rejected has a code and a title; what is accepted has a reason."""
    accepted = []
    for line in read_content(vectors / "errors.jsonl.xz").splitlines():
        row = json.loads(line)
        try:
            assemble(SourceFile("error.s", row["src"]), Options("ppu"))
        except DiagnosticError as error:
            assert all(one.title and one.code[0] in "AH" for one in error.diagnostics)
        else:
            accepted.append((row["cat"], row["src"]))
    assert [one for one in accepted if one[0] not in accepted_here and one[1] not in accepted_sources] == []


def test_messages_of_rejected_sources() -> None:
    """Every error has a help or says what is allowed."""
    for line in read_content(vectors / "errors.jsonl.xz").splitlines():
        source = json.loads(line)["src"]
        with pytest.raises(DiagnosticError) as caught:
            assemble(SourceFile("error.s", source), gas)
        errors = [one for one in caught.value.diagnostics if one.severity is Severity.ERROR]
        assert all(one.help or one.label for one in errors), source


@pytest.mark.parametrize("name", ["warnings.jsonl", "accepted_surprises.jsonl"])
def test_warnings_can_be_turned_off(name: str) -> None:
    for line in read_content(vectors / name).splitlines():
        source = SourceFile("doubtful.s", json.loads(line)["src"])
        codes = frozenset(one.code for one in assemble(source, gas).warnings)
        assert codes
        assert not assemble(source, Options("gas", quiet=codes)).warnings
        assert not assemble(source, Options("gas", quiet=frozenset({"all"}))).warnings
