"""The C header of the registers: addresses by coordinates, fields, and values of enumerations as macros."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files
from string import Template

from hicannx import __version__
from hicannx.regmodel.bus import omnibus
from hicannx.regmodel.container import Container, Place
from hicannx.regmodel.coordinate import Coordinate
from hicannx.tools.export.bits import facts_of
from hicannx.tools.export.cfield import Macro, field_lines
from hicannx.tools.export.choice import accesses
from hicannx.tools.export.ctext import comment, macro_name, unsigned
from hicannx.tools.export.regularity import Level, regularity
from hicannx.tools.export.table import export_table, window_of, windows


def registers_header(containers: Sequence[Container]) -> str:
    """The text of the header."""
    table = export_table()
    return Template((files("hicannx.tools.export") / "registers.h").read_text(encoding="utf-8")).substitute(
        version=__version__,
        defaults=table.defaults,
        guard=f"{table.prefix}_REGISTERS_H",
        windows=_windows(),
        names=_names(containers),
        registers="\n\n".join(_register(one) for one in containers),
    )


def _windows() -> str:
    """A macro for each window, which makes the byte address of a word."""
    lines = []
    for one in windows():
        name = f"{export_table().prefix}_PPU_{one.name.upper()}"
        value = f"({unsigned(one.base)} + (((uint32_t) (word) - {unsigned(one.word)}) << 2))"
        lines.append(f"#define {name}(word) {value}")
    return "\n".join(lines)


def _names(containers: Sequence[Container]) -> str:
    """Names of the values of parts of coordinates."""
    found: dict[str, int] = {}
    for one in containers:
        for part in one.numbering.parts:
            start = f"{export_table().prefix}_{macro_name(part.name)}"
            found |= {f"{start}_{macro_name(name)}": number for number, name in enumerate(part.names)}
    return _defines([(name, unsigned(number)) for name, number in found.items()])


def _defines(macros: Sequence[Macro]) -> str:
    width = max((len(name) for name, _ in macros if "(" not in name), default=0)
    return "\n".join(f"#define {name.ljust(width) if '(' not in name else name} {value}" for name, value in macros)


def _register(container: Container) -> str:
    prefix = f"{export_table().prefix}_{macro_name(container.name)}"
    lines = [f"/* ---- {comment(container.name)}: {comment(container.doc)}"]
    lines += [f" * {comment(fact)}" for fact in (*_told(container), *facts_of(container))]
    lines[-1] += " */"
    lines.append(_defines(list(_addresses(container, prefix))))
    lines.append(_defines(list(_words(container, prefix))))
    for told, macros in field_lines(container, prefix):
        lines.append(f"/* {told} */")
        lines += [_defines(macros)] if macros else []
    return "\n".join(line for line in lines if line)


def _told(container: Container) -> Iterator[str]:
    parts = ", ".join(f"{part.name} 0 to {part.size - 1}" for part in container.numbering.parts)
    yield f"{container.instances} of {container.words} words{f', by {parts}' if parts else ''}; {container.access}"
    yield "; ".join(accesses(container))


def _addresses(container: Container, prefix: str) -> Iterator[Macro]:
    """How many there are, the number of an instance, and addresses at each place."""
    yield f"{prefix}_INSTANCES", unsigned(container.instances)
    yield f"{prefix}_WORDS", unsigned(container.words)
    yield from _instance(container.numbering, prefix)
    for number, place in enumerate(container.places):
        own = f"{prefix}{f'_{_space(place)}' if number else ''}"
        for word in range(container.words):
            yield from _address(container, place, word, own)


def _space(place: Place) -> str:
    return macro_name("".join(one if one.isalnum() else "_" for one in place.space))


def _instance(numbering: Coordinate, prefix: str) -> Iterator[Macro]:
    """The number of an instance; where not all combinations of parts exist, a macro for each that does."""
    names = [part.name for part in numbering.parts]
    if numbering.existing:
        for number, parts in enumerate(numbering.existing):
            yield f"{prefix}_E_{'_'.join(map(str, parts))}", unsigned(number)
    elif names:
        index = ""
        for part in numbering.parts:
            index = f"({index} * {part.size}u + ({part.name}))" if index else f"({part.name})"
        yield f"{prefix}_INSTANCE({', '.join(names)})", index


def _address(container: Container, place: Place, word: int, prefix: str) -> Iterator[Macro]:
    first, found = regularity(container, place, word)
    name = f"{prefix}_ADDRESS" if container.words == 1 else f"{prefix}_ADDRESS{word}"
    parts = ["e"] if container.numbering.existing else [part.name for part in container.numbering.parts]
    parameters = f"({', '.join(parts)})" if parts else ""
    terms = "".join(_term(one) for one in found)
    yield f"{name}{parameters}", f"({unsigned(first)}{terms})" if terms else unsigned(first)
    window = window_of(place.low) if place.bus == omnibus and place.space in export_table().header else None
    if window is not None:
        byte = f" + {_byte(container)}" if container.byte else ""
        seen = f"{export_table().prefix}_PPU_{window.name.upper()}({name}{parameters})"
        yield f"{name.replace('_ADDRESS', '_PPU_ADDRESS')}{parameters}", f"({seen}{byte})" if byte else seen


def _term(level: Level) -> str:
    """What a level adds to an address."""
    if not level.stride:
        return ""
    digit = f"({level.part})"
    digit = f"{digit} / {level.divisor}u" if level.divisor > 1 else digit
    digit = digit if level.whole else f"({digit} % {level.count}u)"
    times = f" * {unsigned(abs(level.stride))}" if abs(level.stride) > 1 else ""
    return f" {'-' if level.stride < 0 else '+'} (uint32_t) {digit}{times}"


def _byte(container: Container) -> str:
    """Which byte of the word, as C writes it."""
    names = {part.name for part in container.numbering.parts}
    text = container.byte or "0"
    for name in names:
        text = text.replace(name, f"({name})")
    return f"({text.replace('//', '/')})"


def _words(container: Container, prefix: str) -> Iterator[Macro]:
    """Words of defaults and constant bits."""
    for name, words in (("DEFAULT", container.default_words), ("CONSTANT", container.constant_bits)):
        for number, value in enumerate(words):
            yield f"{prefix}_{name}{number if container.words > 1 else ''}", unsigned(value)
