"""One row of the instruction tables."""

from __future__ import annotations

import attrs

from hicannx.isa.field import Field, Format
from hicannx.source import Span


@attrs.frozen
class Semantics:
    """What an instruction does, as text of the semantics language, and where it stands."""

    text: str
    span: Span


@attrs.frozen
class LintRule:
    """A warning about words whose fields fulfil `when`: the processor does something else than the Power ISA.

    `text` and `help` may name fields in braces; `when` also knows `NAME_readable` and `NAME_writable` of a field of
    kind spr, 1 where the processor has such a register.
    """

    code: str
    when: str
    text: str
    help: str = ""


def access_names(row: Instruction) -> dict[str, tuple[str, str]]:
    """The names that tell whether a special register can be read (r) or written (w), with its field and the letter."""
    fields = [name for name, field in row.fields.items() if field.kind == "spr"]
    return {f"{name}_{word}": (name, word[0]) for name in fields for word in ("readable", "writable")}


@attrs.frozen(slots=False)
class Instruction:
    """An instruction: its words are those with `word & mask == match`; `derived` fields follow from operands.

    `lost`: bits of fields that the row's own text does not tell; `gas`: whether GNU as -mnux accepts it; `instead`:
    what to write on a processor that lacks it; `lint`: what to warn about.
    """

    name: str
    family: str
    format: Format
    match: int
    mask: int
    asm: str
    timing: str
    source: str
    span: Span
    suffixes: dict[str, str]
    operands: dict[str, tuple[int, int]]
    also: tuple[str, ...]
    examples: dict[str, int]
    deviation: str | None = None
    semantics: Semantics | None = None
    derived: dict[str, str] = attrs.field(factory=dict)
    lost: dict[str, int] = attrs.field(factory=dict)
    gas: bool = True
    instead: str | None = None
    lint: tuple[LintRule, ...] = ()

    @property
    def fields(self) -> dict[str, Field]:
        """The fields that are not opcodes."""
        return {name: one for name, one in self.format.fields.items() if one.kind != "opcode"}
