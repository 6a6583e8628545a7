"""A trace as text: a line an instruction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

import attrs
from numpy.typing import NDArray

from hicannx.configs.experiment import processors
from hicannx.emu.trace import CA, OV, SO
from hicannx.emu.tracering import ROWS_OF_ACC
from hicannx.isa.disassemble import disassemble
from hicannx.isa.load import load_isa
from hicannx.isa.semantics.state import load_state
from hicannx.tools.trace.branches import interrupted, own_exceptions, vectors
from hicannx.tools.trace.codemap import CodeMap
from hicannx.tools.trace.steps import Steps
from hicannx.tools.trace.written import Register, Written, recorded, written_by

_piece = 4096  # instructions that are made to text at once
_first_bytes, _last_bytes = 8, 4  # of a vector that is shown in short
_patterns = (1, 2, 4)  # bytes that may repeat themselves all through a vector
_flags = {"SO": SO, "OV": OV, "CA": CA}
_word = 0xFFFFFFFF
_number_mask = load_isa().registers.counts["general"] - 1


@attrs.define(eq=False)
class TextTrace:
    """Writes lines: cycle, address, label, instruction, what it wrote and accessed, source line.

    With `named`, lines begin with the name of the processor; with `whole`, vectors are written in full.
    """

    write: Callable[[str], object]
    code: CodeMap
    named: bool = False
    whole: bool = False
    heads: dict[tuple[int, int], tuple[str, str]] = attrs.field(factory=dict)
    _general: dict[int, int] = attrs.field(factory=dict)  # what registers hold, as far as records have told

    def take(self, steps: Steps) -> None:
        """Write the lines of some instructions."""
        met = {int(index): vectors()[int(steps.next_pcs[index])] for index in interrupted(steps)}
        for first in range(0, len(steps.records), _piece):
            piece = slice(first, first + _piece)
            self.write("".join(self._lines(steps, piece, first, met)))

    def _lines(self, steps: Steps, piece: slice, first: int, met: dict[int, str]) -> Iterator[str]:
        prefix = f"{processors[steps.ppu]:<7}" if self.named else ""
        ends = steps.after["row"][piece].tolist()
        for index, (record, end) in enumerate(zip(_as_dicts(steps.records[piece]), ends), first):
            head, source = self._head(record["pc"], record["word"])
            name = met.get(index)
            is_raised = name is not None and int(steps.next_pcs[index]) in own_exceptions()
            told = "" if is_raised else self._told(record, steps.rows, end)
            line = f"{prefix}{record['cycle']:>10}  {head}{told:<36}{source}".rstrip()
            yield f"{line}\n{prefix}{'':12}-- interrupt: {name}\n" if name else f"{line}\n"

    def _head(self, pc: int, word: int) -> tuple[str, str]:
        """What is the same each time: address, label and instruction; the source line."""
        found = self.heads.get((pc, word))
        if found is None:
            line = self.code.line_at(pc)
            text = disassemble(load_isa(), word, pc).replace("\t", " ")
            head = f"{pc:#06x}  {self.code.describe(pc):<20}  {text:<28}  "
            found = self.heads[pc, word] = head, f"  ; {line}" if line else ""
        return found

    def _told(self, record: dict[str, int], rows: NDArray[Any], end: int) -> str:
        written, row = written_by(record["word"]), record["row"]
        parts = []
        for one in written.registers:
            count = _rows(one)
            parts.append(_scalar(one, record) if not count else f"{_name(one)}={self._vector(rows, row, count)}")
            row += count
        assert row == end or record["row"] < 0 or not parts, f"{record['word']:#010x} wrote other vector registers"
        if written.access:
            parts.append(_memory(written, record, self._general))
        self._note(written, record)
        return " ".join(filter(None, parts))

    def _note(self, written: Written, record: dict[str, int]) -> None:
        """Remember the general registers of the record, and forget those that it does not tell of."""
        for one in written.registers:
            if one.kind == "GPR" and not one.column:
                self._general.pop(one.number, None)
        for lsb, column in recorded().items():
            self._general[record["word"] >> lsb & _number_mask] = record[column]

    def _vector(self, rows: NDArray[Any], row: int, count: int) -> str:
        if row < 0:
            return "?"
        content = rows[row : row + count].tobytes()
        return content.hex() if self.whole else shorten(content)


def shorten(content: bytes) -> str:
    """Bytes in hexadecimal digits: what repeats itself once and how often, or the first ones and the last."""
    for size in _patterns:
        if content == content[:size] * (len(content) // size):
            return f"{content[:size].hex()}*{len(content) // size}"
    return f"{content[:_first_bytes].hex()}..{content[-_last_bytes:].hex()}"


def _as_dicts(records: Any) -> Iterator[dict[str, int]]:
    names = records.dtype.names
    return (dict(zip(names, one)) for one in zip(*(records[name].tolist() for name in names)))


def _rows(one: Register) -> int:
    return {"VR": 1, "ACC": ROWS_OF_ACC, "VCR": 1}.get(one.kind, 0)


@lru_cache(1 << 12)
def _name(one: Register) -> str:
    prefix = {"GPR": "r", "VR": "v", "CRF": "cr"}.get(one.kind)
    if prefix:
        return f"{prefix}{one.number}"
    if one.kind == "SPR":
        return _special().get(one.number, f"spr{one.number}").lower()
    return {"CRS": "cr"}.get(one.kind, one.kind.lower())


@cache
def _special() -> dict[int, str]:
    return {one.number: name for name, one in load_isa().registers.special_registers.items()}


def _scalar(one: Register, record: dict[str, int]) -> str:
    """A register with its new content; only its name where the record does not tell it."""
    if one.kind == "SPR":
        return _moved(one, record)
    if not one.column:
        return f"{_name(one)}=?"
    value = record[one.column]
    if one.kind == "CRF":
        fields = load_state().arrays["CRF"]
        place = fields.width * (fields.count - 1 - one.number)
        return f"{_name(one)}={_condition(value >> place & (1 << fields.width) - 1)}"
    if one.kind == "XER":
        value = sum((value >> _flags[name] & 1) << bit for name, bit in load_isa().registers.xer.items())
    if one.kind == "MSR":
        value &= load_isa().registers.machine_state.keep
    return f"{_name(one)}={value:08x}"


def _moved(one: Register, record: dict[str, int]) -> str:
    """A special register that a general one was moved to: nothing where it cannot be written."""
    special = load_isa().registers.special_registers.get(_special().get(one.number, ""))
    if special is None or "w" not in special.access:
        return ""
    value = record[one.column] & special.keep
    return f"{_name(one)}&=~{value:08x}" if special.clear_on_write else f"{_name(one)}={value:08x}"


@cache
def _condition(value: int) -> str:
    """The names of the bits of a condition field."""
    bits = sorted(load_state().compare.items(), key=lambda one: -one[1])
    return ",".join(name for name, bit in bits if value >> bit & 1) or "0"


def _memory(written: Written, record: dict[str, int], general: Mapping[int, int]) -> str:
    access, last = written.access, record["address"]
    assert access is not None
    first = last - access.size * (access.count - 1) & _word
    place = f"bus[{last:08x}]" if access.is_bus else f"[{first:08x}]"
    if access.count > 1:
        place = f"[{first:08x}..{last:08x}]"
    if access.what is None:
        return f"<- {place}"
    if access.count > 1:
        return f"{place} <- {_name(access.what)}..r{access.what.number + access.count - 1}"
    if not access.what.column:
        return f"{place} <- {_name(access.what)}"
    is_updated = any((one.kind, one.number) == ("GPR", access.what.number) for one in written.registers)
    value = general.get(access.what.number) if is_updated else record[access.what.column]
    digits = 2 * access.size
    return f"{place} <- " + ("?" if value is None else f"{value & (1 << 4 * digits) - 1:0{digits}x}")
