"""Symbols that files share: who defines them, who uses them, and what they are worth."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from hicannx.asm.link.inputs import InputFile, InputSection, InputSymbol
from hicannx.asm.link.place import describe_symbol
from hicannx.asm.link.value import Value
from hicannx.diagnostic import Diagnostic, Diagnostics

_strictness = {"default": 0, "protected": 1, "hidden": 2, "internal": 3}


@attrs.define(eq=False)
class GlobalSymbol:
    """A name that files share. `definition` is that of an object, `value` that of the script, which goes before.

    `common` is the symbol that asks for the most storage; `size` and `align` are what all of them need.
    """

    name: str
    definition: InputSymbol | None = None
    common: InputSymbol | None = None
    common_section: InputSection | None = None
    size: int = 0
    align: int = 0
    value: Value | None = None
    kind: str = "notype"
    visibility: str = "default"
    is_strong_use: bool = False
    is_weak_use: bool = False
    is_script_use: bool = False
    is_hidden: bool = False
    order: int = 0

    @property
    def is_defined(self) -> bool:
        """Whether anything gives it a place or a value."""
        return self.value is not None or self.definition is not None or self.common is not None

    @property
    def is_used(self) -> bool:
        """Whether a file or the script refers to it."""
        return self.is_strong_use or self.is_weak_use or self.is_script_use

    @property
    def is_weak(self) -> bool:
        """Whether it is defined, or else used, only weakly."""
        if self.value is not None or self.common is not None:
            return False
        if self.definition is not None:
            return self.definition.binding == "weak"
        return not self.is_strong_use

    @property
    def section(self) -> InputSection | None:
        """The input section that it stands in, if it does in one."""
        if self.value is not None:
            return None
        return self.definition.section if self.definition else self.common_section

    @property
    def address(self) -> int:
        """Where it is; 0 for what is not defined."""
        if self.value is not None:
            return self.value.absolute
        if self.definition is not None:
            place = self.definition
            return place.section.output_address(place.value) if place.section else place.value
        return self.common_section.address if self.common_section else 0


@attrs.define
class Symbols:
    """All shared symbols by name."""

    names: dict[str, GlobalSymbol] = attrs.field(factory=dict)

    def get(self, name: str) -> GlobalSymbol:
        """The symbol with this name, made when new."""
        if name not in self.names:
            self.names[name] = GlobalSymbol(name, order=len(self.names))
        return self.names[name]

    def __iter__(self) -> Iterator[GlobalSymbol]:
        return iter(self.names.values())

    def wanted(self) -> set[str]:
        """Names that an archive is searched for."""
        return {one.name for one in self if one.is_strong_use and not one.is_defined}

    def add_file(self, file: InputFile, diagnostics: Diagnostics) -> None:
        """Enter the symbols of a file; a name that is defined twice is reported (A502)."""
        for one in file.symbols:
            if one.is_local or not one.name:
                continue
            one.shared = shared = self.get(one.name)
            if _strictness[one.visibility] > _strictness[shared.visibility]:
                shared.visibility = one.visibility
            if one.special == "undefined":
                self._use(shared, one)
            elif one.special == "common":
                _add_common(shared, one, diagnostics)
            elif one.section is None or not one.section.is_discarded:
                _define(shared, one, diagnostics)
            else:
                shared.is_strong_use = True

    def _use(self, shared: GlobalSymbol, one: InputSymbol) -> None:
        if one.binding == "weak":
            shared.is_weak_use = True
        else:
            shared.is_strong_use = True
        if shared.kind == "notype":
            shared.kind = one.kind


def _define(shared: GlobalSymbol, one: InputSymbol, diagnostics: Diagnostics) -> None:
    earlier = shared.definition
    if earlier is not None and earlier.binding != "weak":
        if one.binding != "weak":
            diagnostics.collected.append(_twice(earlier, one))
        return
    if earlier is not None and one.binding == "weak":
        return
    if shared.common is not None:
        if one.binding == "weak":
            return
        _warn_common(shared, one, diagnostics)
        shared.common = None
    shared.definition = one
    shared.kind, shared.size = one.kind, one.size


def _add_common(shared: GlobalSymbol, one: InputSymbol, diagnostics: Diagnostics) -> None:
    if shared.definition is not None and shared.definition.binding != "weak":
        size, align = max(shared.size, one.size), one.value
        _warn_defined(shared.definition, one, size, align, diagnostics)
        return
    shared.definition = None
    if shared.common is None or one.size > shared.size:
        shared.common = one
    shared.size, shared.align, shared.kind = max(shared.size, one.size), max(shared.align, one.value, 1), "object"


def _warn_common(shared: GlobalSymbol, one: InputSymbol, diagnostics: Diagnostics) -> None:
    if shared.common is not None:
        common = attrs.evolve(shared.common, size=shared.size, value=shared.align)
        _warn_defined(one, common, shared.size, shared.align, diagnostics)


def _warn_defined(one: InputSymbol, common: InputSymbol, size: int, align: int, diagnostics: Diagnostics) -> None:
    """Warn (A517) of storage that another file expects to be larger, or aligned more strictly, than it is."""
    given = _alignment(one)
    if given < align and one.section is not None:
        title = f"`{one.name}` is aligned to {given} in {one.file.shown}, but to {align} in {common.file.shown}"
        diagnostics.warning("A517", title, help=f"write `.balign {align}` before its definition")


def _alignment(one: InputSymbol) -> int:
    """What the place of a symbol is a multiple of, wherever its section goes."""
    section = one.section.align if one.section else 1
    return min(section, one.value & -one.value) if one.value else section


def _twice(earlier: InputSymbol, one: InputSymbol) -> Diagnostic:
    title = f"symbol `{one.name}` is defined in {earlier.file.shown} and in {one.file.shown}"
    notes = [f"in {describe_symbol(earlier)}", f"and in {describe_symbol(one)}"]
    return Diagnostic("A502", title, notes=notes, help="rename one of them, or make it local or `.weak`")
