"""Types of registers in SystemRDL: a word each, with its fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hicannx.regmodel.container import Container
from hicannx.regmodel.field import Field, position_text
from hicannx.tools.export.bits import Bits, bits_of, unstored
from hicannx.tools.export.choice import accesses, aliases_of
from hicannx.tools.export.rdltext import assigned, inside, name_of, text_of

_widths = (32, 64)


def type_name(container: Container, word: int) -> str:
    """The name of the type of a word."""
    return f"{container.name}_t" if container.words == 1 else f"{container.name}_w{word}_t"


def register_types(container: Container) -> Iterator[str]:
    """The types of all words, and enumerations before them; none for aliases and memories."""
    if container.alias_of is not None or container.numbering.is_large:
        return
    for word in range(container.words):
        fields = bits_of(container, word)
        for one in fields:
            yield from _enumeration(container, one)
        lines = [*_facts(container, word), *(line for one in fields for line in _field(container, one))]
        if not fields:
            lines += _no_field(container)
        yield from inside(f"reg {type_name(container, word)}", lines, ";")
        yield ""


def memory_facts(container: Container) -> list[str]:
    """The lines of a memory."""
    facts = _common(container)
    facts["fields"] = " | ".join(_field_text(field) for field in container.fields)
    size = [f"mementries = {container.instances};", f"memwidth = {container.word_bits};", f"sw = {container.access};"]
    return [*_named(container, ""), *size, *assigned(facts)]


def _field_text(field: Field) -> str:
    shown = ", ".join(position_text(parts) for parts in field.elements)
    return f"{field.name}: {shown}: {field.allowed}: {field.doc}"


def _named(container: Container, more: str) -> list[str]:
    return [f"name = {text_of(container.name + more)};", f"desc = {text_of(container.doc)};"]


def _facts(container: Container, word: int) -> list[str]:
    facts = _common(container) | {"word": word if container.words > 1 else None}
    if container.constant_bits:
        facts["constant"] = container.constant_bits[word]
    demanded = sum((1 << part.bits) - 1 << part.lsb for part in container.demanded if part.word == word)
    rule = container.one_hot_cell
    facts |= {
        "demanded": demanded or None,
        "gray": container.gray,
        "one_hot_columns": rule.columns if rule else None,
        "one_hot_enable": rule.enable if rule else None,
    }
    more = f" word {word}" if container.words > 1 else ""
    width = next(one for one in _widths if container.word_bits <= one)
    return [*_named(container, more), f"regwidth = {width};", f"accesswidth = {width};", *assigned(facts)]


def _common(container: Container) -> dict[str, Any]:
    parts = container.numbering.parts
    return {
        "container": container.name,
        "words": container.words if container.words > 1 else None,
        "word_bits": container.word_bits if container.word_bits not in _widths[:1] else None,
        "coordinate": ", ".join(f"{part.name} ({' '.join(part.names) or part.size})" for part in parts),
        "access": "; ".join(accesses(container)),
        "unstored": " | ".join(f"{one.name}: {one.allowed}: {one.doc}" for one in unstored(container)),
        "byte_enables": container.byte_enables,
        "aliases": " | ".join(_alias_text(one) for one in aliases_of(container)),
        "behaviour": container.behaviour,
        "unreliable_reads": " ".join(container.unsupported_read_targets),
        "differential_write": container.differential_write,
        "notes": " | ".join(container.notes),
        "source": container.source,
    }


def _alias_text(alias: Container) -> str:
    byte = f", byte {alias.byte} of it, the highest being 0" if alias.byte else ""
    return f"{alias.name}: {alias.doc}: word {' '.join(alias.places[0].formulas)}{byte}"


def _enumeration(container: Container, one: Bits) -> list[str]:
    if not one.enum:
        return []
    width = one.part.bits
    lines = [f"{name_of(name)} = {width}'d{value};" for name, value in one.enum.items()]
    return inside(f"enum {_enum_name(container, one)}", lines, ";")


def _enum_name(container: Container, one: Bits) -> str:
    return f"{container.name}_{one.name}_e"


def _field(container: Container, one: Bits) -> list[str]:
    field, part = one.field, one.part
    lines = [f"desc = {text_of('; '.join([field.doc, *one.oddities]))};", _access(container)]
    if one.enum:
        lines.append(f"encode = {_enum_name(container, one)};")
    if container.default_words:
        value = container.default_words[part.word] >> part.lsb & (1 << part.bits) - 1
        lines.append(f"reset = {part.bits}'h{value:x};")
    default = field.default if one.element is None or isinstance(field.default, int) else field.default[one.element]
    facts = {
        "field": field.name,
        "kind": field.kind,
        "element": one.element,
        "index": field.index,
        "value_msb": one.msb,
        "value_lsb": one.lsb,
        "inverted": part.inverted,
        "thermometer": part.thermometer,
        "signed": field.signed,
        "magnitude": field.magnitude,
        "offset": field.offset or None,
        "low": field.low,
        "high": field.high,
        "default": default,
        "values": " ".join(f"{name}={value}" for name, value in field.enum.items()),
        "one_hot": one.one_hot,
    }
    return inside("field", [*lines, *assigned(facts)], f" {name_of(one.name)}[{part.msb}:{part.lsb}];")


def _access(container: Container) -> str:
    return {"r": "sw = r; hw = w;", "w": "sw = w; hw = r;"}.get(container.access, "sw = rw; hw = rw;")


def _no_field(container: Container) -> list[str]:
    """A field for a word that has none, since the language demands one."""
    return inside(
        "field", [_access(container), *assigned({"no_field": True})], f" word[{max(container.word_bits, 1) - 1}:0];"
    )
