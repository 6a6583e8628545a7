"""The reference as a folder of pages: an index, a page a family, directives, diagnostics."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

import attrs

from hicannx import __version__
from hicannx.isa.instruction import Instruction
from hicannx.isa.instructionset import InstructionSet
from hicannx.isa.load import describe, load_isa
from hicannx.tools.cmd_explain import explanations_of, layers
from hicannx.tools.doc.directives import directive_groups
from hicannx.tools.doc.instruction import anchor, entry
from hicannx.tools.doc.spelling import base, operands_text
from hicannx.tools.doc.table import load_doc_table
from hicannx.tools.doc.template import Html, fill, join, prose, resource


@attrs.frozen
class _Text:
    title: str
    introduction: str


@attrs.frozen
class _Texts:
    title: str
    introduction: str
    groups: dict[str, str]
    directives: _Text
    diagnostics: _Text
    layers: dict[str, str]


@attrs.frozen
class Family:
    """The rows of one table, the folder that it lies in, and what it says of itself."""

    group: str
    name: str
    doc: str
    rows: tuple[Instruction, ...]

    @property
    def file(self) -> str:
        """The name of its page."""
        return f"{self.group}-{self.name}.html"

    @property
    def title(self) -> str:
        """Its name for readers."""
        return self.name.replace("_", " ").capitalize()


def isa_pages() -> dict[str, str]:
    """The text of every file of the reference by its name; the same tables always give the same texts."""
    texts = load_doc_table("pages", _Texts)
    isa, known = load_isa(), families()
    pages = {"index.html": (texts.title, _index(isa, known, texts))}
    for one in known:
        pages[one.file] = (f"{texts.groups.get(one.group, one.group)}: {one.title.lower()}", _family(isa, one))
    pages["directives.html"] = (texts.directives.title, _directives(texts))
    pages["diagnostics.html"] = (texts.diagnostics.title, _diagnostics(texts))
    links = _links(known, texts)
    made = {name: str(_page(name, title, content, links)) for name, (title, content) in pages.items()}
    return {**made, "style.css": resource("style.css"), "search.js": resource("search.js")}


def families() -> tuple[Family, ...]:
    """The tables of instructions in their order."""
    isa = load_isa()
    found = []
    for table in describe().tables:
        path = PurePosixPath(table.span.file.name)
        rows = tuple(one for one in isa.instructions.values() if one.span.file.name == table.span.file.name)
        facts = table.plain()
        found.append(Family(path.parent.name, str(facts["family"]), str(facts.get("doc", "")), rows))
    return tuple(found)


def _links(known: tuple[Family, ...], texts: _Texts) -> list[tuple[str, list[tuple[str, str]]]]:
    """Title of each group of links, with targets and texts."""
    by_group: dict[str, list[tuple[str, str]]] = {}
    for one in known:
        by_group.setdefault(texts.groups.get(one.group, one.group), []).append((one.file, one.title))
    further = [("directives.html", texts.directives.title), ("diagnostics.html", texts.diagnostics.title)]
    return [("Reference", [("index.html", "Index"), *further]), *by_group.items()]


def _page(name: str, title: str, content: Html, links: list[tuple[str, list[tuple[str, str]]]]) -> Html:
    groups = []
    for heading, targets in links:
        parts = [
            fill("navigation_here" if target == name else "navigation_link", target=target, text=text)
            for target, text in targets
        ]
        groups.append(fill("navigation", title=heading, links=join(parts, "\n")))
    return fill(
        "page",
        title=title,
        style=fill("linked_style"),
        pages="Pages",
        navigation=join(groups, "\n"),
        content=content,
        script=fill("opened_for_print"),
        version=__version__,
    )


def _index(isa: InstructionSet, known: tuple[Family, ...], texts: _Texts) -> Html:
    parts = []
    for one in known:
        rows = join((_index_row(isa, one, row) for row in one.rows), "\n")
        title = f"{texts.groups.get(one.group, one.group)}: {one.title.lower()}"
        parts.append(fill("index_family", target=one.file, title=title, doc=prose(one.doc), rows=rows))
    return fill("index", introduction=fill("paragraph", text=prose(texts.introduction)), families=join(parts, "\n"))


def _index_row(isa: InstructionSet, family: Family, row: Instruction) -> Html:
    does = "; ".join(line.strip() for line in row.semantics.text.splitlines()) if row.semantics else ""
    return fill(
        "index_row",
        words=" ".join(dict.fromkeys(one.mnemonic for one in isa.syntaxes_of[row.name])),
        text=f"{row.name} {operands_text(base(isa, row))} {does}".lower(),
        match=row.match,
        mask=row.mask,
        target=f"{family.file}#{anchor(row)}",
        name=row.name,
        operands=row.asm,
        does=re.sub(r":;", ":", does),
        cycles=isa.timing[row.timing],
    )


def _family(isa: InstructionSet, family: Family) -> Html:
    contents = join((fill("contents", anchor=anchor(row), name=row.name) for row in family.rows), "\n")
    entries = join((entry(isa, row) for row in family.rows), "\n")
    return fill("family", doc=prose(family.doc), contents=contents, instructions=entries)


def _directives(texts: _Texts) -> Html:
    return join([fill("paragraph", text=prose(texts.directives.introduction)), *_directive_groups()], "\n")


def _directive_groups() -> Iterator[Html]:
    for group in directive_groups():
        rows = join(
            (
                fill("directive", anchor=one.name.lstrip("."), usage=one.usage, doc=prose(one.doc))
                for one in group.directives
            ),
            "\n",
        )
        yield fill("group", title=group.title, doc=prose(group.doc), rows=rows)


def _diagnostics(texts: _Texts) -> Html:
    parts = [fill("paragraph", text=prose(texts.diagnostics.introduction))]
    for layer in layers:
        table = explanations_of(layer)
        name = layer.partition(".")[2] or layer
        rows = join(
            (
                fill("diagnostic", code=code, title=prose(one.title), explain=prose(one.explain.strip()))
                for code, one in table.items()
            ),
            "\n",
        )
        if table:
            parts.append(fill("layer", title=texts.layers.get(name, name), entries=rows))
    return join(parts, "\n")
