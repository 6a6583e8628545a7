"""The registers as symbols of the assembler: where a processor sees them, how they repeat, and masks of fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files
from string import Template

from hicannx.isa.semantics.state import word_bytes
from hicannx.regmodel.bus import omnibus
from hicannx.regmodel.container import Container, Place
from hicannx.tools.export.ctext import macro_name
from hicannx.tools.export.regularity import regularity
from hicannx.tools.export.table import export_table, window_of

Symbols = Iterator[tuple[str, int]]


def registers_assembly(containers: Sequence[Container]) -> tuple[str, list[str]]:
    """The text of the file, and the registers that no load or store of a processor reaches, or only with others."""
    reached = [one for one in containers if _seen_place(one) is not None]
    text = Template((files("hicannx.tools.export") / "assembly.in").read_text(encoding="utf-8")).substitute(
        only="".join(f" --only {one.name}" for one in reached),
        guard=f"{export_table().prefix.lower()}_addresses",
        bus=_lines(_parallel_bus()),
        registers="\n\n".join(_register(one) for one in reached),
    )
    return text, [one.name for one in containers if one not in reached]


def _lines(symbols: Symbols) -> str:
    return "\n".join(f"    .set {name}, {f'{value:#x}' if value > 9 else value}" for name, value in symbols)


def _parallel_bus() -> Symbols:
    from hicannx.emu.facts import load_facts

    facts = load_facts("machine")["ppu"]
    for name, one in facts["parallel_bus"].items():
        yield f"pbus_{name}", one["base"]
    for name, bits in facts["parallel_bus_bits"].items():
        yield f"pbus_{name}", bits


def _register(container: Container) -> str:
    return f"# {container.name}: {container.doc}\n{_lines(_symbols(container))}"


def _symbols(container: Container) -> Symbols:
    name = macro_name(container.name).lower()
    place = _seen_place(container)
    assert place is not None
    _, usual = regularity(container, place, 0)
    for word in range(container.words):
        first, levels = regularity(container, place, word)
        window = window_of(first)
        assert window is not None
        own = name if word == 0 else f"{name}_word{word}"
        yield own, window.byte(first)
        for level in levels if word == 0 or levels != usual else ():
            yield f"{own}_{level.name}_count", level.count
            yield f"{own}_{level.name}_distance", word_bytes() * level.stride
    yield from _masks(container, name)


def _masks(container: Container, name: str) -> Symbols:
    """Of the fields that stand in one piece."""
    for field in container.fields:
        if field.size is None and field.stored and len(field.elements[0]) == 1:
            (part,) = field.elements[0]
            yield f"{name}_{macro_name(field.name).lower()}_mask", (1 << part.bits) - 1 << part.lsb


def _seen_place(container: Container) -> Place | None:
    """The first place that loads and stores of words reach."""
    if container.byte:
        return None
    seen = (one for one in container.places if one.bus == omnibus and one.space in export_table().header)
    return next((one for one in seen if window_of(one.low) is not None), None)
