"""Syntaxes turned round: which words a syntax writes, and the text of each of its operands, by tables made once."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping

import attrs

from hicannx.isa.codec import encode
from hicannx.isa.field import Field, Kind
from hicannx.isa.formula import names_in
from hicannx.isa.instruction import Instruction
from hicannx.isa.syntax import Operand, Syntax, or_zero

# The text of an operand, from the word, the address that branches count from, and the texts that a table gave.
Piece = Callable[[int, int, tuple[str, ...]], str]

_word = 0xFFFFFFFF
_absolute = "AA"  # the field that makes a branch target an address
_small = 10  # bits of a field up to which every value has its text in a table
largest = 1 << 12  # combinations of operands that a table may hold


@attrs.frozen(eq=False)
class Pattern:
    """The words of a syntax: `word & mask == match`, and `word & key` is in the table `solved` where there is one.

    `solved` gives the texts of operands that are no fields; `select` are all bits that the decision depends on.
    """

    syntax: Syntax
    mask: int
    match: int
    key: int
    solved: Mapping[int, tuple[str, ...]] | None
    head: str
    pieces: tuple[Piece, ...]
    moves: bool

    @property
    def select(self) -> int:
        """The bits that decide whether a word belongs here."""
        return self.mask | self.key

    def texts(self, word: int) -> tuple[str, ...] | None:
        """The texts of operands that are no fields, or None when the word is not written like this."""
        if word & self.mask != self.match:
            return None
        return () if self.solved is None else self.solved.get(word & self.key)

    def write(self, word: int, address: int, texts: tuple[str, ...]) -> str:
        """The text of a word of this pattern."""
        return self.head + "".join([piece(word, address, texts) for piece in self.pieces])


def compile_pattern(syntax: Syntax, kinds: Mapping[str, Kind]) -> Pattern:
    """The pattern of a syntax."""
    row = syntax.instruction
    fields = row.format.fields
    listed = _listed(syntax)
    key = _bits(fields, [*syntax.derived, *(one.name for one in listed)]) & ~_lost(syntax)
    free = _bits(fields, [one.name for one in syntax.operands]) | key | row.format.ignored | _lost(syntax)
    match = row.match
    for name, value in syntax.fixed.items():
        match |= fields[name].insert(value)
    first_is_optional = len(syntax.operands) > 1 and syntax.operands[0].default is not None
    return Pattern(
        syntax,
        _word & ~free,
        match & ~free,
        key,
        _solutions(syntax, listed, key, kinds) if listed else None,
        f"{syntax.mnemonic} " if first_is_optional else syntax.mnemonic,
        tuple(_pieces(syntax, kinds)),
        any(_is_relative(one, syntax, kinds) for one in syntax.operands),
    )


def target_of(row: Instruction, kinds: Mapping[str, Kind], word: int, address: int) -> int | None:
    """The address that a word of a row branches to, None where the row has no such field."""
    for field in row.format.fields.values():
        if kinds[field.kind].target:
            absolute = row.format.fields.get(_absolute)
            origin = 0 if absolute and absolute.extract(word) else address
            return field.extract(word) + origin & _word
    return None


def combinations(syntax: Syntax) -> int:
    """How many combinations of operands the table of a pattern has to hold; the checks refuse more than `largest`."""
    return math.prod(len(range(one.low, one.high + 1, one.scale)) for one in _listed(syntax))


def _bits(fields: Mapping[str, Field], names: Iterable[str]) -> int:
    together = 0
    for name in names:
        together |= fields[name].mask if name in fields else 0
    return together


def _lost(syntax: Syntax) -> int:
    """Bits of the word that the text does not tell."""
    together = 0
    for name, bits in syntax.lost.items():
        together |= bits << syntax.instruction.format.fields[name].lsb
    return together


def _listed(syntax: Syntax) -> list[Operand]:
    """The operands whose values are found in a table: no fields, in expressions, or limited to less than the field."""
    fields = syntax.instruction.format.fields
    told = [text for name, text in syntax.derived.items() if fields[name].mask & ~_lost(syntax)]
    named = {name for text in told for name in names_in(text)}
    return [one for one in syntax.operands if one.name not in fields or one.name in named or _is_cut(one, fields)]


def _is_cut(operand: Operand, fields: Mapping[str, Field]) -> bool:
    low, high = fields[operand.name].limits()
    return operand.low > low or operand.high < high


def _solutions(
    syntax: Syntax, listed: list[Operand], key: int, kinds: Mapping[str, Kind]
) -> dict[int, tuple[str, ...]]:
    """The texts of the operands that are no fields, by the bits of the word that they and the expressions make."""
    ranges = [range(one.low, one.high + 1, one.scale) for one in listed]
    positions = [at for at, one in enumerate(syntax.operands) if _is_found(one, syntax)]
    found: dict[int, tuple[str, ...]] = {}
    for values in itertools.product(*ranges):
        given = {one.name: value for one, value in zip(listed, values, strict=True)}
        word = encode(syntax, [given.get(one.name, 0) for one in syntax.operands])
        if word & key not in found:
            texts = (_placed(syntax.operands, at, kinds, given[syntax.operands[at].name]) for at in positions)
            found[word & key] = tuple(texts)
    return found


def _is_found(operand: Operand, syntax: Syntax) -> bool:
    return operand.name not in syntax.instruction.format.fields


def _is_relative(operand: Operand, syntax: Syntax, kinds: Mapping[str, Kind]) -> bool:
    return kinds[operand.kind].target and not syntax.fixed.get(_absolute)


def _placed(operands: tuple[Operand, ...], at: int, kinds: Mapping[str, Kind], value: int) -> str:
    """The text of an operand with what separates it from others; empty where its default is left out."""
    if operands[at].default == value and at in (0, len(operands) - 1):
        return ""
    before, after = _around(operands, at)
    return f"{before}{_text(operands[at], kinds[operands[at].kind], value)}{after}"


def _text(operand: Operand, kind: Kind, value: int) -> str:
    if kind.prefix:
        return f"{kind.prefix}{value}" if value or operand.kind != or_zero else str(value)
    if kind.names:
        field, bit = divmod(value, len(kind.names))
        return f"{len(kind.names)}*cr{field}+{kind.names[bit]}" if field else kind.names[bit]
    return str(value)


def _around(operands: tuple[Operand, ...], at: int) -> tuple[str, str]:
    """What stands before and after an operand that is written: an optional first one brings its comma."""
    optional = operands[0].default is not None and len(operands) > 1
    if operands[at].in_parentheses:
        return "(", ")"
    if at == 0:
        return ("", ",") if optional else (" ", "")
    return ("" if optional and at == 1 else ",", "")


def _pieces(syntax: Syntax, kinds: Mapping[str, Kind]) -> list[Piece]:
    operands = syntax.operands
    pieces: list[Piece] = []
    for at, operand in enumerate(operands):
        field = syntax.instruction.format.fields.get(operand.name)
        kind, (before, after) = kinds[operand.kind], _around(operands, at)
        if field is None:
            pieces.append(_found(sum(_is_found(one, syntax) for one in operands[:at])))
        elif field.width <= _small:
            texts = [_placed(operands, at, kinds, field.extract(bits << field.lsb)) for bits in range(1 << field.width)]
            pieces.append(_tabled(field.lsb, texts))
        elif kind.target:
            pieces.append(_target(field, before, _is_relative(operand, syntax, kinds)))
        else:
            pieces.append(_wide(field, before, after))
    return pieces


def _found(position: int) -> Piece:
    return lambda word, address, texts: texts[position]


def _tabled(lsb: int, table: list[str]) -> Piece:
    low = len(table) - 1
    return lambda word, address, texts: table[word >> lsb & low]


def _target(field: Field, before: str, relative: bool) -> Piece:
    lsb, low, sign, scale = field.lsb, (1 << field.width) - 1, 1 << field.width - 1, field.scale
    if relative:
        return lambda word, address, texts: (
            f"{before}{(((word >> lsb & low) ^ sign) - sign) * scale + address & _word:#x}"
        )
    return lambda word, address, texts: f"{before}{(((word >> lsb & low) ^ sign) - sign) * scale & _word:#x}"


def _wide(field: Field, before: str, after: str) -> Piece:
    lsb, low, sign, scale = field.lsb, (1 << field.width) - 1, 1 << field.width - 1, field.scale
    if field.signed:
        return lambda word, address, texts: f"{before}{(((word >> lsb & low) ^ sign) - sign) * scale}{after}"
    return lambda word, address, texts: f"{before}{word >> lsb & low}{after}"
