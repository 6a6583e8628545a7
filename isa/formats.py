"""Kinds of fields and formats of words, read from formats.yaml."""

from __future__ import annotations

import attrs

from hicannx.diagnostic import Diagnostics, did_you_mean
from hicannx.isa.field import Field, Format, Kind
from hicannx.source import Span
from hicannx.structure import structure
from hicannx.yamlsource import Node


@attrs.frozen
class _FieldRow:
    kind: str
    span: Span
    relocation: str | None = None


@attrs.frozen
class _Table:
    word_bits: int
    kinds: dict[str, Kind]
    fields: dict[str, _FieldRow]
    formats: dict[str, Node]


@attrs.frozen
class Formats:
    """Everything in formats.yaml: kinds and formats by name, and where each format and each field stands."""

    kinds: dict[str, Kind]
    formats: dict[str, Format]
    format_spans: dict[str, Span]
    field_spans: dict[str, Span]


def read_formats(node: Node, diagnostics: Diagnostics, shared: Node | None = None) -> Formats:
    """All formats, with those of another such text, whose fields may be used; errors (I101, I102) are collected.

    The places are those of the text's own formats and fields.
    """
    own = structure(node, _Table, diagnostics)
    base = structure(shared, _Table, diagnostics) if shared else None
    if own is None:
        return Formats({}, {}, {}, {})
    table = _joined(base, own) if base else own
    formats = {name: _format(name, one, table, diagnostics) for name, one in table.formats.items()}
    spans = {name: one.span for name, one in own.formats.items()}
    return Formats(table.kinds, formats, spans, {name: row.span for name, row in own.fields.items()})


def _joined(base: _Table, own: _Table) -> _Table:
    return _Table(own.word_bits, base.kinds | own.kinds, base.fields | own.fields, base.formats | own.formats)


def _format(name: str, node: Node, table: _Table, diagnostics: Diagnostics) -> Format:
    fields: dict[str, Field] = {}
    fixed_mask = fixed_match = ignored = 0
    position = table.word_bits
    for item in str(node.value).split():
        label, _, places = item.partition(":")
        width = int(places) if places.isdecimal() else 1
        position -= width
        if label in ("0", "1"):
            fixed_mask |= 1 << position
            fixed_match |= int(label) << position
        elif label == "*":
            ignored |= ((1 << width) - 1) << position
        elif label in table.fields:
            fields[label] = _field(label, position, width, table, diagnostics)
        elif label != "-":
            help_text = did_you_mean(label, table.fields)
            diagnostics.error("I101", f"format {name} has an unknown field `{label}`", node.span, help=help_text)
    if position != 0:
        title = f"format {name} has {table.word_bits - position} places, not {table.word_bits}"
        diagnostics.error("I102", title, node.span, help="add or remove `-` places")
    return Format(name, fields, fixed_mask, fixed_match, ignored)


def _field(label: str, lsb: int, width: int, table: _Table, diagnostics: Diagnostics) -> Field:
    row = table.fields[label]
    kind = table.kinds.get(row.kind)
    if kind is None:
        help_text = did_you_mean(row.kind, table.kinds)
        diagnostics.error("I101", f"field {label} has an unknown kind `{row.kind}`", row.span, help=help_text)
        kind = Kind("")
    msb = lsb + width - 1
    return Field(label, row.kind, msb, lsb, kind.scale, kind.signed, kind.swapped, row.relocation)
