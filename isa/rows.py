"""Rows read from their tables."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import attrs

from hicannx.diagnostic import Diagnostics, did_you_mean
from hicannx.isa.field import Format
from hicannx.isa.formula import evaluate
from hicannx.isa.instruction import Instruction, LintRule, Semantics, access_names
from hicannx.isa.syntax import Syntax, UnknownOperandError, parse_template
from hicannx.source import Span
from hicannx.structure import structure
from hicannx.yamlsource import Node


@attrs.frozen
class _Encoding:
    format: str
    opcode: int
    span: Span
    xo: int | None = None


@attrs.frozen
class _Row:
    encoding: _Encoding
    asm: str
    examples: dict[str, int]
    span: Span
    suffixes: dict[str, str] = attrs.field(factory=dict)
    set: dict[str, str] = attrs.field(factory=dict)
    operands: dict[str, Node] = attrs.field(factory=dict)
    also: tuple[str, ...] = ()
    lost: dict[str, int] = attrs.field(factory=dict)
    source: str = ""
    deviation: str | None = None
    semantics: Node | None = None
    timing: str = ""
    gas: bool = True
    instead: str | None = None
    lint: tuple[LintRule, ...] = ()


@attrs.frozen
class _Table:
    family: str
    source: str
    instructions: dict[str, _Row]
    doc: str = ""
    timing: str = ""
    instead: str | None = None


def read_rows(node: Node, formats: dict[str, Format], rows: dict[str, Instruction], diagnostics: Diagnostics) -> None:
    """Add the rows of one table to `rows`; errors (I103 to I105, I107, I108) are collected."""
    table = structure(node, _Table, diagnostics)
    if table is None:
        return
    keys = node.value["instructions"].key_spans
    for name, row in table.instructions.items():
        if name in rows:
            diagnostics.error("I103", f"instruction `{name}` has two rows", keys[name])
        elif row.encoding.format not in formats:
            help_text = did_you_mean(row.encoding.format, formats)
            diagnostics.error("I104", f"unknown format `{row.encoding.format}`", row.encoding.span, help=help_text)
        else:
            made = _instruction(name, row, table, formats[row.encoding.format], keys[name], diagnostics)
            if _is_sound(made, diagnostics):
                rows[name] = made


def _instruction(
    name: str, row: _Row, table: _Table, shape: Format, span: Span, diagnostics: Diagnostics
) -> Instruction:
    mask, match = shape.fixed_mask, shape.fixed_match
    for label, value in (("opcode", row.encoding.opcode), ("xo", row.encoding.xo)):
        problem = _misfit(label, value, shape)
        if problem:
            diagnostics.error("I105", f"`{name}` has {problem}", row.encoding.span)
        elif value is not None:
            mask |= shape.fields[label].mask
            match |= shape.fields[label].insert(value)
    return Instruction(
        name,
        table.family,
        shape,
        match,
        mask,
        row.asm,
        row.timing or table.timing,
        row.source or table.source,
        span,
        row.suffixes,
        read_limits(row.operands, diagnostics),
        row.also,
        row.examples,
        row.deviation,
        Semantics(str(row.semantics.value), row.semantics.span) if row.semantics else None,
        row.set,
        row.lost,
        row.gas,
        row.instead or table.instead,
        row.lint,
    )


def _misfit(label: str, value: int | None, shape: Format) -> str | None:
    """Why a number is not the opcode or extended opcode of a format, or None."""
    field = shape.fields.get(label)
    if value is None:
        return f"no {label}, but format {shape.name} has one" if field else None
    if field is None:
        return f"the {label} {value}, but format {shape.name} has none"
    return None if 0 <= value < 1 << field.width else f"the {label} {value}, which does not fit in {field.width} bits"


def read_limits(operands: dict[str, Node], diagnostics: Diagnostics) -> dict[str, tuple[int, int]]:
    """The pairs `[low, high]`; an error (I105) for what is none."""
    limits: dict[str, tuple[int, int]] = {}
    for name, node in operands.items():
        pair = structure(node, tuple[int, ...], diagnostics)
        if pair is None or None in pair:
            continue
        if len(pair) != 2 or pair[0] > pair[1]:
            diagnostics.error("I105", f"the limits of {name} are no pair `[low, high]`", node.span)
            pair = (0, 0)
        limits[name] = (pair[0], pair[1])
    return limits


def _is_sound(row: Instruction, diagnostics: Diagnostics) -> bool:
    """Whether names in `asm`, `suffixes`, `set` are operands and fields; errors (I107, I108, I115) are collected."""
    for name in (*row.suffixes, *row.derived, *row.lost):
        if name not in row.fields:
            help_text = did_you_mean(name, row.fields)
            diagnostics.error("I108", f"`{row.name}` has no field `{name}` to set", row.span, help=help_text)
            return False
    try:
        known = dict.fromkeys((one.name for one in parse_template(row.asm, row.fields, row.operands, {})), 0)
    except UnknownOperandError as error:
        title = f"`{row.name}` has no field `{error.name}` for an operand"
        diagnostics.error("I107", title, row.span, help=did_you_mean(error.name, row.fields))
        return False
    given = dict.fromkeys((*row.fields, *access_names(row)), 0)
    expressions = [(known, name, text) for name, text in row.derived.items()]
    expressions += [(given, f"the warning {one.code}", one.when) for one in row.lint]
    return all(is_expression(text, names, row.name, name, row.span, diagnostics) for names, name, text in expressions)


def is_expression(
    text: str, known: Mapping[str, int], owner: str, field: str, span: Span, diagnostics: Diagnostics
) -> bool:
    """Whether a text of `set` can be evaluated; if not, an error (I115) is collected."""
    try:
        evaluate(text, known)
    except KeyError as error:
        title = f"`{owner}` uses the unknown name `{error.args[0]}` for {field}"
        diagnostics.error("I115", title, span, help=did_you_mean(error.args[0], known))
        return False
    except (ValueError, SyntaxError):
        title = f"`{text}` for {field} of `{owner}` is no expression"
        diagnostics.error("I115", title, span, help="write sums, products, remainders, `|`, `&` and comparisons")
        return False
    return True


def syntaxes_of_row(row: Instruction) -> Iterator[Syntax]:
    """Every spelling of a row: aliases, and all combinations of its suffixes."""
    operands = parse_template(row.asm, row.fields, row.operands, {})
    for name in (row.name, *row.also):
        for mnemonic, fixed in with_suffixes(name, row.suffixes):
            yield Syntax(
                mnemonic, row, operands, fixed, row.derived, shown=name == row.name, lost=row.lost, gas=row.gas
            )


def with_suffixes(mnemonic: str, suffixes: dict[str, str]) -> Iterator[tuple[str, dict[str, int]]]:
    """The mnemonic with every subset of the suffixes, and the flags that each sets; none first."""
    for chosen in itertools.product((0, 1), repeat=len(suffixes)):
        flags = dict(zip(suffixes, chosen, strict=True))
        tail = "".join(suffix for flag, suffix in suffixes.items() if flags[flag])
        yield mnemonic + tail, flags
