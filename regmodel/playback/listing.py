"""A playback program as statements: accesses of whole registers joined, with their names and fields.

What is told means the same words again. Where fields cannot say everything about a word, it stands as a number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.regmodel.addressmap import all_words, rows_of
from hicannx.regmodel.container import Container
from hicannx.regmodel.playback.access import container_enables, full_byte_enables
from hicannx.regmodel.playback.form import fields_text
from hicannx.regmodel.playback.instruction import Field, Instruction, load_instructions
from hicannx.regmodel.playback.registertext import RegisterTexts, Shown
from hicannx.regmodel.playback.remark import Remarks
from hicannx.regmodel.playback.words import Program

_most_kept = 1 << 16


@attrs.frozen
class Line:
    """A statement: the first of its words, how many it has, its text and a remark; `fields` of registers by name."""

    index: int
    count: int
    text: str
    remark: str = ""
    fields: Mapping[str, Any] = attrs.field(factory=dict)


def listing(program: Program, *, registers: bool = True, brief: bool = False) -> Iterator[Line]:
    """The statements of a program; without `registers` by addresses only, `brief`: without fields at their default."""
    return _Walk(program, registers, RegisterTexts(brief)).lines()


def spelled(row: Instruction, fields: dict[str, int]) -> str:
    """An instruction of any kind but the Omnibus accesses."""
    if row.name == "loopback":
        return row.field("marker").text(fields["marker"])
    name = "spikes" if row.name.startswith("spike_pack") else row.name
    text = " ".join(map(_hex_label(row), fields.values())) if name == "spikes" else fields_text(row, fields)
    return f"{name} {text}".rstrip()


def _hex_label(row: Instruction) -> Any:
    return row.fields[0].text


class _Walk:
    """One way through a program."""

    def __init__(self, program: Program, registers: bool, texts: RegisterTexts) -> None:
        table = load_instructions()
        self._rows = table.instruction_by_code
        self._address, self._data = (table.instructions[name] for name in ("omnibus_address", "omnibus_data"))
        self._texts, self._remarks = texts, Remarks(texts)
        self._codes, self._payloads = program.codes.tolist(), program.payloads.tolist()
        self._where = self._column(program, "address").tolist()
        self._enables = self._column(program, "byte_enables").tolist()
        self._is_read = self._column(program, "is_read").tolist()
        self._table = all_words()
        is_address = program.codes == self._address.code
        mapped = np.full(len(program), -1, np.int64)
        if registers:
            mapped[is_address] = rows_of(self._column(program, "address")[is_address])
        self._mapped: list[int] = mapped.tolist()
        self._first = np.where(mapped >= 0, self._table.word[mapped] == 0, False).tolist()
        self._known: dict[int, int] = {}
        self._kept: dict[tuple[int, int], tuple[str, dict[str, int]]] = {}

    def _column(self, program: Program, name: str) -> NDArray[np.int64]:
        field: Field = self._address.field(name)
        return program.payloads >> field.lsb & field.highest

    def lines(self) -> Iterator[Line]:
        index, count, address = 0, len(self._codes), self._address.code
        while index < count:
            line = self._access(index) if self._codes[index] == address else self._plain(index)
            yield line
            index += line.count

    def _plain(self, index: int) -> Line:
        code, payload = self._codes[index], self._payloads[index]
        row = self._rows[code]
        kept = self._kept.get((code, payload))
        if kept is None:
            if len(self._kept) >= _most_kept:
                self._kept.clear()
            fields = row.extract(payload)
            kept = self._kept[code, payload] = (spelled(row, fields), fields)
        text, fields = kept
        return Line(index, 1, text, self._remarks.of(row, fields), fields)

    def _access(self, index: int) -> Line:
        """All words of a register when they stand in order, or one word."""
        row = self._mapped[index]
        if row < 0:
            return self._unnamed(index, "")
        container = self._table.containers[int(self._table.number[row])]
        instance, verb = int(self._table.instance[row]), "r" if self._is_read[index] else "w"
        if self._first[index] and verb in container.access and self._is_whole(index, container, row):
            line = self._whole(index, container, instance)
            if line is not None:
                return line
        return self._part(index, container, instance, int(self._table.word[row]))

    def _stride(self, index: int) -> int:
        return 1 if self._is_read[index] else 2

    def _is_whole(self, index: int, container: Container, row: int) -> bool:
        """Whether the other words of the register follow, with the same byte enables."""
        if container.words == 1:
            return True
        stride, enables = self._stride(index), self._enables[index]
        last = index + stride * (container.words - 1)
        if last >= len(self._codes) or self._mapped[last] < 0:
            return False
        wanted = container.addresses(int(self._table.instance[row]))
        return all(
            self._mapped[at] >= 0
            and self._where[at] == address
            and self._enables[at] == enables
            and self._is_read[at] == self._is_read[index]
            for at, address in zip(range(index, last + 1, stride), wanted)
        )

    def _whole(self, index: int, container: Container, instance: int) -> Line | None:
        count = self._stride(index) * container.words
        name = f"{container.name}[{instance}]" if container.instances > 1 else container.name
        if self._is_read[index]:
            return Line(index, count, f"read {name}{self._modifiers(index, full_byte_enables())}")
        words = self._payloads[index + 1 : index + count : 2]
        shown = self._texts.whole(container, words)
        if not shown.exact:
            return None
        for at, word in zip(self._where[index : index + count : 2], words):
            self._remember(at, word, self._enables[index])
        modifiers = self._modifiers(index, container_enables(container, {}))
        return Line(index, count, f"write {name}{modifiers}: {shown.text}".rstrip(": "), "", shown.values)

    def _modifiers(self, index: int, usual: int) -> str:
        enables = self._enables[index]
        text = f" bytes {enables:#x}" if enables != usual else ""
        return f"{text} at {self._hex(self._where[index])}"

    def _part(self, index: int, container: Container, instance: int, word: int) -> Line:
        """One word of a register, by its fields where these say everything."""
        name = f"{container.name}[{instance}]" if container.instances > 1 else container.name
        if container.words > 1:
            name += f" word {word}"
        if self._is_read[index]:
            if "r" not in container.access:
                return self._unnamed(index, name)
            return Line(index, 1, f"read {name}{self._modifiers(index, full_byte_enables())}")
        data, addresses = self._payloads[index + 1], container.addresses(instance)
        shown = self._texts.part(container, word, data, [self._known.get(address) for address in addresses])
        self._remember(self._where[index], data, self._enables[index])
        if not shown.exact or "w" not in container.access:
            return self._unnamed(index, name, shown)
        modifiers = self._modifiers(index, full_byte_enables())
        return Line(index, 2, f"write {name}{modifiers}: {shown.text}".rstrip(": "), "", shown.values)

    def _unnamed(self, index: int, name: str, shown: Shown | None = None) -> Line:
        """An access by its address; what stands there is a remark."""
        where = self._hex(self._where[index])
        enables = self._enables[index]
        tail = f" bytes {enables:#x}" if enables != full_byte_enables() else ""
        if self._is_read[index]:
            return Line(index, 1, f"read {where}{tail}", name)
        text = f"write {where} {self._data.field('data').text(self._payloads[index + 1])}{tail}"
        remark = f"{name}: {shown.text}" if shown and shown.text else name
        return Line(index, 2, text, remark, shown.values if shown else {})

    def _remember(self, address: int, data: int, enables: int) -> None:
        if enables == full_byte_enables():
            self._known[address] = data
        else:
            self._known.pop(address, None)

    def _hex(self, address: int) -> str:
        return self._address.field("address").text(address)
