"""Instructions whose operands are all plain numbers or registers: from text to word without the grammar.

What does not fit is left to the thorough way, which also finds the words for what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from functools import cache

import attrs

from hicannx.asm.dialect import Dialect, load_dialects
from hicannx.asm.form import forms_of
from hicannx.isa.field import Field
from hicannx.isa.formula import evaluate
from hicannx.isa.instructionset import InstructionSet
from hicannx.isa.load import load_isa
from hicannx.isa.syntax import Operand, Syntax

_number = re.compile(r"-?(?:0|[1-9][0-9]{0,18})|0[xX][0-9a-fA-F]{1,16}")
_most_known = 1 << 12  # texts that are remembered, for each operand


@attrs.define(eq=False)
class _Slot:
    """One operand: value and bits of its texts. Names without a percent sign are apart: a symbol may have that name."""

    operand: Operand
    field: Field | None
    known: dict[str, tuple[int, int]]
    bare: dict[str, tuple[int, int]]

    def find(self, text: str, symbols: Container[str]) -> tuple[int, int] | None:
        if not _number.fullmatch(text):
            return None if text in symbols else self.bare.get(text.lower())
        found = self.encode(int(text, 0))
        if found is not None and len(self.known) < _most_known:
            self.known[text] = found
        return found

    def encode(self, value: int) -> tuple[int, int] | None:
        value = self.operand.fold(value)
        if self.operand.check(value) is not None:
            return None
        return value, self.field.insert(value) if self.field else 0


@attrs.define(eq=False)
class _Plan:
    """A mnemonic with so many operands: one or two slots for each, and the values of those that are left out."""

    syntax: Syntax
    match: int
    slots: tuple[tuple[_Slot, ...], ...]
    defaults: dict[str, int]
    derived: dict[tuple[int, ...], int | None]

    def word(self, texts: list[str], symbols: Container[str]) -> int | None:
        values: list[int] = []
        word = self.match
        for slots, text in zip(self.slots, texts):
            if len(slots) == 1:
                parts = [text]
            elif text.endswith(")"):
                parts = text[:-1].split("(")
            else:
                return None
            if len(parts) != len(slots):
                return None
            for slot, part in zip(slots, parts):
                found = slot.known.get(part) or slot.find(part.strip(), symbols)
                if found is None:
                    return None
                values.append(found[0])
                word |= found[1]
        if not self.syntax.derived:
            return word
        bits = self._derived_bits(tuple(values))
        return None if bits is None else word | bits

    def _derived_bits(self, values: tuple[int, ...]) -> int | None:
        """The fields that follow from the operands; None when they do not fit together."""
        if values not in self.derived:
            if len(self.derived) >= _most_known:
                self.derived.clear()
            self.derived[values] = self._derive(values)
        return self.derived[values]

    def _derive(self, values: tuple[int, ...]) -> int | None:
        slots = [slot for group in self.slots for slot in group]
        given = {**self.defaults, **{slot.operand.name: value for slot, value in zip(slots, values)}}
        bits = 0
        for name, text in self.syntax.derived.items():
            field = self.syntax.instruction.format.fields[name]
            value = evaluate(text, given)
            if not field.holds(value):
                return None
            bits |= field.insert(value)
        return bits


class Quick:
    """The plans for a dialect, made when they are first needed."""

    def __init__(self, isa: InstructionSet, dialect: Dialect) -> None:
        self.isa, self.dialect = isa, dialect
        self.plans: dict[tuple[str, int], _Plan | None] = {}
        self.slots: dict[tuple[Operand, Field | None], _Slot] = {}

    def word(self, mnemonic: str, body: str, symbols: Container[str]) -> bytes | None:
        """The bytes of an instruction; None when the thorough way has to be gone."""
        texts = body.split(",") if body else []
        key = (mnemonic, len(texts))
        try:
            plan = self.plans[key]
        except KeyError:
            plan = self.plans[key] = self._plan(mnemonic.lower(), len(texts))
        word = plan.word(texts, symbols) if plan is not None else None
        return None if word is None else word.to_bytes(4, "big")

    def _plan(self, mnemonic: str, count: int) -> _Plan | None:
        if mnemonic in self.dialect.row.refused or mnemonic[-1:] in "+-":
            return None
        for syntax in self.isa.syntaxes.get(mnemonic, ()):
            groups = groups_of(syntax)
            optional = sum(group[0].default is not None for group in groups)
            if 0 <= len(groups) - count <= optional:
                return self._make(syntax, groups, len(groups) - count)
        return None

    def _make(self, syntax: Syntax, groups: list[list[Operand]], missing: int) -> _Plan | None:
        names = [operand.name for operand in syntax.operands]
        masked = missing == 1 and len(names) > 1 and load_dialects().masks.get(names[-2]) == names[-1]
        if masked or forms_of(syntax) or any(one.kind == "branch" for one in syntax.operands):
            return None
        fields = syntax.instruction.format.fields
        match = syntax.instruction.match
        for name, value in syntax.fixed.items():
            match |= fields[name].insert(value)
        slots = []
        defaults: dict[str, int] = {}
        for group in groups:
            if missing and group[0].default is not None:
                missing -= 1
                defaults.update((one.name, one.default or 0) for one in group)
            else:
                slots.append(tuple(self._slot(one, fields) for one in group))
        for name, value in defaults.items():
            match |= fields[name].insert(value) if name in fields else 0
        return _Plan(syntax, match, tuple(slots), defaults, {})

    def _slot(self, operand: Operand, fields: Mapping[str, Field]) -> _Slot:
        key = (operand, fields.get(operand.name))
        if key in self.slots:
            return self.slots[key]
        slot = self.slots[key] = _Slot(operand, fields.get(operand.name), {}, {})
        for name, number in self.dialect.signed.get(operand.kind, {}).items():
            if (found := slot.encode(number)) is not None:
                slot.known[f"%{name}"] = found
        for name, number in self.dialect.bare.get(operand.kind, {}).items():
            if (found := slot.encode(number)) is not None:
                slot.bare[name] = found
        return slot


@cache
def quick_for(dialect: Dialect) -> Quick:
    """The plans for a dialect, which all programs share."""
    return Quick(load_isa(), dialect)


def groups_of(syntax: Syntax) -> list[list[Operand]]:
    """The operands as they are written: `D(RA)` is one group of two."""
    groups: list[list[Operand]] = []
    for operand in syntax.operands:
        if operand.in_parentheses and groups:
            groups[-1].append(operand)
        else:
            groups.append([operand])
    return groups
