"""Syntax trees of linker scripts to the script model."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import attrs
from lark import Token, Tree

from hicannx.asm.link import script
from hicannx.asm.mistake import mistake
from hicannx.diagnostic import did_you_mean
from hicannx.source import SourceFile, Span

_symbol = re.compile(r"[A-Za-z_.$][\w.$]*\Z", re.ASCII)
_multiples = {"K": 1 << 10, "M": 1 << 20}
_deepest = 100
_sizes = {"BYTE": 1, "SHORT": 2, "LONG": 4, "QUAD": 8, "SQUAD": 8}
functions = {
    "ABSOLUTE": (1, 1), "ADDR": (1, 1), "ALIGN": (1, 2), "ALIGNOF": (1, 1), "BLOCK": (1, 1), "CONSTANT": (1, 1),
    "DATA_SEGMENT_ALIGN": (2, 2), "DATA_SEGMENT_END": (1, 1), "DATA_SEGMENT_RELRO_END": (2, 2), "DEFINED": (1, 1),
    "LENGTH": (1, 1), "LOADADDR": (1, 1), "LOG2CEIL": (1, 1), "MAX": (2, 2), "MIN": (2, 2), "NEXT": (1, 1),
    "ORIGIN": (1, 1), "SEGMENT_START": (2, 2), "SIZEOF": (1, 1),
}  # fmt: skip


@attrs.define
class Collected:
    """What a script and those that it includes say outside of their sections."""

    items: list[Any] = attrs.field(factory=list)
    regions: list[script.Region] = attrs.field(factory=list)
    aliases: list[tuple[str, script.Name]] = attrs.field(factory=list)
    entry: str = ""
    undefined: list[str] = attrs.field(factory=list)
    inputs: list[script.Name] = attrs.field(factory=list)
    folders: list[str] = attrs.field(factory=list)

    def script(self) -> script.Script:
        """The whole as it does not change any more."""
        return script.Script(
            tuple(self.items), tuple(self.regions), tuple(self.aliases), self.entry, tuple(self.undefined),
            tuple(self.inputs), tuple(self.folders),
        )  # fmt: skip


@attrs.define
class Builder:
    """Makes the model of one file; `include(name, span, kind)` gives the items of another."""

    source: SourceFile
    collected: Collected
    include: Callable[[str, Span, str], list[Any]]
    depth: int = 0

    def build(self, tree: Tree[Token]) -> list[Any]:
        """The items of a tree; those of a whole script, and regions, are collected instead."""
        if tree.data == "script":
            for one in tree.children:
                self.collected.items += self._item(one, "section_script" if _data(one) != "memory" else "memory_script")
            return []
        return [item for one in tree.children for item in self._item(one, str(tree.data))]

    def _item(self, tree: Any, kind: str) -> list[Any]:
        """The items that one piece of a script makes; `kind` is what an included script contains."""
        if isinstance(tree, Token):
            return []
        name = str(tree.data)
        if name == "include":
            return self.include(_text(tree.children[0]), self._span(tree), kind)
        if name == "memory":
            return [item for one in tree.children for item in self._item(one, "memory_script")]
        maker = getattr(self, f"_make_{name}", None)
        made = maker(tree) if maker else None
        return [] if made is None else [made]

    def _span(self, tree: Tree[Token] | Token) -> Span:
        if isinstance(tree, Token):
            return self.source.span(tree.start_pos or 0, tree.end_pos or 0)
        return self.source.span(tree.meta.start_pos, tree.meta.end_pos)

    # Commands.

    def _make_region(self, tree: Tree[Token]) -> None:
        name = tree.children[0]
        attributes = [
            str(one.children[0]) for one in tree.children if isinstance(one, Tree) and one.data == "attributes"
        ]
        origin, length = [self.expression(one) for one in tree.children[1:] if _data(one) not in ("attributes", "IS")]
        region = script.Region(_text(name), "".join(attributes), origin, length, self._span(name))
        self.collected.regions.append(region)

    def _make_entry(self, tree: Tree[Token]) -> None:
        self.collected.entry = _text(tree.children[0])

    def _make_extern(self, tree: Tree[Token]) -> None:
        self.collected.undefined += map(_text, tree.children)

    def _make_files(self, tree: Tree[Token]) -> None:
        self.collected.inputs += [script.Name(_text(one), self._span(one)) for one in tree.children[1:]]

    def _make_directory(self, tree: Tree[Token]) -> None:
        self.collected.folders.append(_text(tree.children[0]))

    def _make_alias(self, tree: Tree[Token]) -> None:
        alias, region = tree.children
        self.collected.aliases.append((_text(alias), script.Name(_text(region), self._span(region))))

    def _make_assignment(self, tree: Tree[Token]) -> script.Assign:
        target, operator, value = tree.children
        name = self._target(target)
        made = self.expression(value)
        if str(operator) != "=":
            left = script.Name(name, self._span(target))
            made = script.Binary(str(operator)[:-1], left, made, self._span(tree))
        return script.Assign(name, made, span=self._span(tree))

    def _make_provide(self, tree: Tree[Token]) -> script.Assign:
        word, target, _, value = tree.children
        flags = {"provide": str(word).startswith("PROVIDE"), "hidden": str(word).endswith("HIDDEN")}
        return script.Assign(self._target(target), self.expression(value), span=self._span(tree), **flags)

    def _target(self, token: Tree[Token] | Token) -> str:
        name = _text(token)
        if not _symbol.match(name):
            raise mistake("A510", f"`{name}` is no name for a symbol", self._span(token))
        return name

    def _make_assertion(self, tree: Tree[Token]) -> script.Assert:
        return script.Assert(self.expression(tree.children[0]), _text(tree.children[1]), self._span(tree))

    # Output sections.

    def _make_output(self, tree: Tree[Token]) -> script.Output:
        name = tree.children[0]
        parts: dict[str, Any] = {}
        settings: list[tuple[str, script.Expression]] = []
        body: list[script.BodyItem] = []
        for one in tree.children[1:]:
            match _data(one):
                case "address":
                    parts["address"] = self.expression(one.children[0])  # type: ignore[union-attr]
                case "kind" | "constraint":
                    parts[_data(one)] = "".join(map(_text, one.children))  # type: ignore[union-attr]
                case "setting":
                    settings.append(self._setting(one))
                case "with_input":
                    parts["align_with_input"] = True
                case "placed" | "loaded":
                    parts["region" if _data(one) == "placed" else "load_region"] = self._reference(one)
                case "fill":
                    parts["fill"] = self.expression(one.children[-1])  # type: ignore[union-attr]
                case _:
                    body += self._item(one, "body_script")
        return script.Output(_text(name), tuple(body), settings=tuple(settings), span=self._span(name), **parts)

    def _setting(self, tree: Any) -> tuple[str, script.Expression]:
        return str(tree.children[0]), self.expression(tree.children[1])

    def _reference(self, tree: Any) -> script.Name:
        return script.Name(_text(tree.children[0]), self._span(tree.children[0]))

    def _make_pattern(self, tree: Tree[Token]) -> script.InputPattern:
        first, *rest = tree.children
        excluded: tuple[str, ...] = ()
        sorted_files = isinstance(first, Token) and first.type == "SORT"
        if sorted_files:
            first, *rest = rest
        if _data(first) == "excluded_files":
            excluded = tuple(map(_text, first.children[0].children))  # type: ignore[union-attr]
            first = first.children[1]  # type: ignore[union-attr]
        sections = tuple(_section_pattern(one) for one in rest)
        return script.InputPattern(
            _text(first), sections, sorted_files=sorted_files, excluded=excluded, span=self._span(tree)
        )

    def _make_keep(self, tree: Tree[Token]) -> script.InputPattern:
        assert isinstance(tree.children[0], Tree)
        return attrs.evolve(self._make_pattern(tree.children[0]), keep=True)

    def _make_data(self, tree: Tree[Token]) -> script.Data:
        return script.Data(_sizes[str(tree.children[0])], self.expression(tree.children[1]))

    def _make_filling(self, tree: Tree[Token]) -> script.Filling:
        return script.Filling(self.expression(tree.children[0]))

    # Expressions.

    def expression(self, tree: Tree[Token] | Token) -> script.Expression:
        """The model of an expression."""
        self.depth += 1
        try:
            if self.depth > _deepest:
                raise mistake("A510", "the expression is nested too deeply", self._span(tree))
            return self._expression(tree)
        finally:
            self.depth -= 1

    def _expression(self, tree: Tree[Token] | Token) -> script.Expression:
        span = self._span(tree)
        if isinstance(tree, Token):
            return self._number(tree) if tree.type == "NUMBER" else script.Name(_text(tree), span)
        parts = tree.children
        match str(tree.data):
            case "number" | "name":
                return self.expression(parts[0])
            case "unary":
                return script.Unary(str(parts[0]), self.expression(parts[1]), span)
            case "binary":
                return script.Binary(str(parts[1]), self.expression(parts[0]), self.expression(parts[2]), span)
            case "choice":
                condition, yes, no = map(self.expression, parts)
                return script.Choice(condition, yes, no, span)
            case "inner_assertion":
                return script.Assert(self.expression(parts[0]), _text(parts[1]), span)
            case "headers":
                return script.Number(0, span)
            case _:
                return self._call(tree)

    def _call(self, tree: Tree[Token]) -> script.Call:
        word, *arguments = tree.children
        name = str(word)
        if name not in functions:
            title = f"linker scripts have no function `{name}`"
            raise mistake("A510", title, self._span(word), help=did_you_mean(name, functions))
        low, high = functions[name]
        if not low <= len(arguments) <= high:
            count = f"{low}" if low == high else f"{low} or {high}"
            title = f"`{name}` takes {count} argument{'s'[: high != 1]}, not {len(arguments)}"
            raise mistake("A510", title, self._span(tree))
        return script.Call(name, tuple(map(self.expression, arguments)), self._span(tree))

    def _number(self, token: Token) -> script.Number:
        text = str(token)
        digits, multiple = text, 1
        if text[-1].upper() in _multiples:
            digits, multiple = text[:-1], _multiples[text[-1].upper()]
        try:
            octal = digits.startswith("0") and digits.isdigit() and digits != "0"
            hexadecimal = text[2:] if digits[:2].lower() == "0x" and digits == text else ""
            return script.Number(int(digits, 8 if octal else 0) * multiple, self._span(token), hexadecimal)
        except ValueError:
            title = f"`{text}` is no number"
            help_text = "numbers are decimal, 0x hexadecimal or octal with a leading 0, with K or M behind them"
            raise mistake("A510", title, self._span(token), help=help_text) from None


def _data(tree: Any) -> str:
    return str(tree.data) if isinstance(tree, Tree) else str(getattr(tree, "type", ""))


def _text(token: Any) -> str:
    return str(token)[1:-1] if getattr(token, "type", "") == "QUOTED" else str(token)


def _section_pattern(tree: Any) -> script.SectionPattern:
    sorts: list[str] = []
    excluded: list[str] = []
    for one in tree.children:
        if isinstance(one, Token) and one.type == "SORT":
            sorts.append(str(one))
        elif _data(one) == "exclusion":
            excluded += map(_text, one.children)
        elif isinstance(one, Tree):
            inner = _section_pattern(one)
            return script.SectionPattern(inner.name, (*sorts, *inner.sorts), (*excluded, *inner.excluded))
        else:
            return script.SectionPattern(_text(one), tuple(sorts), tuple(excluded))
    raise AssertionError("a section pattern ends with a name")
