"""The registers as one page: pictures of their words, fields, places, and a search."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import attrs

from hicannx import __version__
from hicannx.regmodel.bus import omnibus
from hicannx.regmodel.container import Container, Place
from hicannx.regmodel.field import Field, position_text
from hicannx.tools.doc.table import load_doc_table
from hicannx.tools.doc.template import Html, fill, fill_from, join, prose, resource
from hicannx.tools.doc.wordpicture import row_picture, word_rows
from hicannx.tools.export.bits import facts_of
from hicannx.tools.export.choice import accesses, aliases_of, group_of
from hicannx.tools.export.regularity import regularity
from hicannx.tools.export.table import export_table, window_of

_parts = "registers.html"


@attrs.frozen
class _Texts:
    title: str
    introduction: str
    key: str
    groups: dict[str, str]


def registers_page(containers: Sequence[Container]) -> str:
    """The text of the page, which needs nothing but itself."""
    texts = load_doc_table("registers", _Texts)
    groups = _groups(containers, texts)
    content = fill_from(
        _parts,
        "content",
        introduction=f"{texts.introduction.strip()} {export_table().defaults}",
        key=texts.key.strip(),
        registers=join((_group(title, group) for title, group in groups), "\n"),
    )
    page = fill(
        "page",
        title=texts.title,
        style=fill_from(_parts, "style", text=Html(resource("style.css") + resource("registers.css"))),
        pages="Registers",
        navigation=join((_navigation(title, group) for title, group in groups), "\n"),
        content=content,
        script=Html(resource("registers.js")),
        version=__version__,
    )
    return f"{page}\n"


def _groups(containers: Sequence[Container], texts: _Texts) -> list[tuple[str, list[Container]]]:
    """Titles and registers of the maps that have some, in the order of the table."""
    found: dict[str, list[Container]] = {name: [] for name in texts.groups}
    for one in containers:
        found.setdefault(group_of(one), []).append(one)
    return [(texts.groups.get(name, name), group) for name, group in found.items() if group]


def _navigation(title: str, group: Sequence[Container]) -> Html:
    links = (fill("navigation_link", target=f"#{one.name}", text=one.name) for one in group)
    return fill("navigation", title=title, links=join(links, "\n"))


def _group(title: str, group: Sequence[Container]) -> Html:
    return fill_from(_parts, "group", title=title, registers=join(map(_register, group), "\n"))


def _register(container: Container) -> Html:
    numbers = {field.name: number for number, field in enumerate(container.fields, 1)}
    words = (
        row_picture(container, word, row, numbers)
        for word in range(container.words)
        for row in word_rows(container, word)
    )
    fields = join((_field(container, one, numbers[one.name]) for one in container.fields), "\n")
    notes = join((fill_from(_parts, "note", text=prose(one)) for one in facts_of(container)), "\n")
    return fill_from(
        _parts,
        "register",
        name=container.name,
        text=_searched(container),
        places=json.dumps([*_places(container)], separators=(",", ":")),
        coordinate=", ".join(
            f"{part.name} ({', '.join(part.names) or part.size})" for part in container.numbering.parts
        ),
        doc=prose(container.doc),
        words=join(words, "\n"),
        facts=join((fill_from(_parts, "fact", key=key, value=value) for key, value in _facts(container)), "\n"),
        fields=fill_from(_parts, "fields", rows=fields) if container.fields else "",
        notes=fill_from(_parts, "notes", rows=notes) if notes else "",
        source=container.source,
    )


def _searched(container: Container) -> str:
    """The words by which a register is found."""
    fields = " ".join(f"{field.name} {field.doc} {' '.join(field.enum)}" for field in container.fields)
    spaces = " ".join(place.space for place in container.places)
    return f"{container.name} {container.doc} {spaces} {fields}".lower()


def _places(container: Container) -> Iterator[dict[str, object]]:
    """Where each word stands: its lowest address, and how that repeats, for the search."""
    for place in container.places:
        for word in range(container.words):
            lowest, found = regularity(container, place, word)
            lowest += sum((one.count - 1) * one.stride for one in found if one.stride < 0)
            levels = sorted((one for one in found if one.stride), key=lambda one: -abs(one.stride))
            rows = [[one.part, one.count, abs(one.stride), one.divisor, one.stride < 0] for one in levels]
            yield {"space": place.space, "word": word, "lowest": lowest, "levels": rows}


def _facts(container: Container) -> Iterator[tuple[str, object]]:
    yield "Instances", container.instances
    yield "Words", f"{container.words} of {container.word_bits} bits"
    for place in container.places:
        yield place.space, _range(place)
    yield "Access", "; ".join(accesses(container))
    if container.default_words:
        yield "Default", " ".join(f"{word:#x}" for word in container.default_words)
    aliases = (one.name for one in aliases_of(container))
    for other in (*([container.alias_of] if container.alias_of else []), *aliases):
        yield "Shares words with", other


def _range(place: Place) -> str:
    """Addresses, and those that the processors see."""
    low, high = f"{place.low:#x}", f"{place.high:#x}"
    shown = low if place.low == place.high else f"{low} to {high}"
    window = window_of(place.low) if place.bus == omnibus and place.space in export_table().header else None
    return f"{shown} (processors: {window.byte(place.low):#x})" if window else shown


def _field(container: Container, field: Field, number: int) -> Html:
    shown = dict.fromkeys(position_text(parts) for parts in field.elements)
    values = ", ".join(f"{name} {value}" for name, value in field.enum.items()) or field.allowed.replace(" ", "\u00a0")
    default = field.default if isinstance(field.default, tuple) else (field.default,)
    return fill_from(
        _parts,
        "field",
        anchor=f"{container.name}.{field.name}",
        number=number,
        name=field.name if field.size is None else f"{field.name}[{field.size}]",
        bits=", ".join(shown) if field.stored else "none",
        values=values,
        default=" ".join(map(str, default if len(set(default)) > 1 else default[:1])),
        doc=prose(field.doc),
    )
