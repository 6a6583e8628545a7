"""Which registers are exported: all, or those of some names."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.regmodel.container import Container, Place
from hicannx.regmodel.load import load_registers
from hicannx.tools.export.table import export_table


def chosen(patterns: Sequence[str] = ()) -> list[Container]:
    """The containers with names that match a pattern such as `CapMem*`, all without one; DiagnosticError T750.

    One that shares the words of another brings that along, which files without names for parts of words tell it with.
    """
    known = load_registers().containers
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in known):
            title = f"no register is named `{pattern}`"
            raise DiagnosticError([Diagnostic("T750", title, help=did_you_mean(pattern, known))])
    named = {name for name in known if not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)}
    named |= {known[name].alias_of or name for name in named}
    return [one for name, one in known.items() if name in named]


def group_of(container: Container) -> str:
    """The map that a container stands in, such as `neuron`."""
    return container.span.file.name.rpartition("/")[2].removesuffix(".yaml")


def accesses(container: Container, place: Place | None = None) -> list[str]:
    """What can be done with it: `read`, `write`, and over which ways, in words."""
    buses = load_registers().buses
    found = []
    for access in ("write", "read"):
        ways = [backend.name for at, backend in buses.routes(container, access) if place is None or at == place]
        found += [f"{access} over {', '.join(ways)}"] if ways else []
    return found


def aliases_of(container: Container) -> list[Container]:
    """The registers that are parts of its words."""
    return [one for one in load_registers().containers.values() if one.alias_of == container.name]


def refused_side(form: str, side: str | None) -> None:
    """DiagnosticError T751 where a side is given that no map has, T752 where the format has no sides."""
    known = export_table().sides
    if side is None:
        return
    if form != "svd":
        help_text = "leave out --side: this format has all address spaces"
        raise DiagnosticError([Diagnostic("T752", f"`--side {side}` does not go with `{form}`", help=help_text)])
    if side not in known:
        help_text = did_you_mean(side, known) or f"it is one of {', '.join(known)}"
        raise DiagnosticError([Diagnostic("T751", f"there is no side `{side}`", help=help_text)])
