"""What the register maps know of a container, a block of instances or an address, as entries to print."""

from __future__ import annotations

from typing import Any

from hicannx.regmodel.addressmap import MappedWord, lookup_all
from hicannx.regmodel.bus import Step, omnibus, usual_backend
from hicannx.regmodel.container import Block, Container, Place
from hicannx.regmodel.coordinate import Coordinate
from hicannx.regmodel.field import Field, position_text
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.loadtypes import load_types

Entry = dict[str, Any]


def register_names() -> list[str]:
    """Names of all containers and blocks."""
    model = load_registers()
    return [*model.containers, *model.blocks]


def name_entries(name: str) -> list[Entry]:
    """The container or the block of a name, in capitals or not."""
    model = load_registers()
    entries = [_register(one) for key, one in model.containers.items() if key.lower() == name.lower()]
    return entries + [_block(one) for key, one in model.blocks.items() if key.lower() == name.lower()]


def address_entries(address: int) -> list[Entry]:
    """What stands at an Omnibus address, bytes of the word and other images of the FPGA included."""
    return [_word(found) for found in lookup_all(address)]


def space_entries(what: str) -> list[Entry]:
    """What stands at an address of another space, such as `jtag_pll:3`."""
    space, _, number = what.rpartition(":")
    try:
        address = int(number, 0)
    except ValueError:
        return []
    buses = load_registers().buses
    return [_word(one) for one in lookup_all(address, buses.bus_of(space))] if space in buses.spaces else []


def _word(found: MappedWord) -> Entry:
    entry: Entry = {"address": f"{found.address:#010x}", "means": str(found)}
    if found.container.instances > 1:
        entry["instance"] = f"{found.instance}: {_digits(found.container.numbering, found.instance)}"
    return {**entry, **_register(found.container)}


def _digits(numbering: Coordinate, e: int) -> str:
    """The parts and derived numbers of an instance, such as `crossbar_input 1, crossbar_output 4`."""
    values = numbering.digits(e)
    named = {name: {number: word for word, number in numbering.names_of(name).items()} for name in values}
    return ", ".join(
        f"{name} {named[name].get(int(value), int(value))}" for name, value in values.items() if name != "e"
    )


def _register(container: Container) -> Entry:
    entry: Entry = {"register": container.name, "doc": container.doc, "instances": container.instances}
    entry["coordinate"] = _coordinate(container.numbering)
    numbered = load_types().of_register(container.name)
    if numbered:
        entry["numbered as"] = numbered.name
    entry["access"] = container.access
    entry["places"] = [_place(container, place) for place in container.places]
    if container.image:
        entry["image"] = f"{container.image}: {load_registers().buses.images[container.image]}"
    if container.alias_of:
        entry["shares"] = f"its words with {container.alias_of}"
    entry["fields"] = {field.name: _field(field) for field in container.fields}
    if container.default_words:
        entry["default"] = " ".join(f"{word:#x}" for word in container.default_words)
    entry |= _ways(container)
    if container.unsupported_read_targets:
        targets = " and ".join(container.unsupported_read_targets)
        entry["read back"] = f"not always what was written ({targets})"
    return entry | {"notes": list(container.notes), "source": container.source}


def _block(block: Block) -> Entry:
    count = f"{block.count} instances" if block.count else "any range"
    return {
        "register": block.name,
        "doc": block.doc,
        "instances": block.numbering.size if block.count else "any",
        "coordinate": _coordinate(block.numbering),
        "consists of": f"{count} of {block.container.name}, in ascending order",
        "source": block.source,
    }


def _coordinate(numbering: Coordinate) -> str:
    """Parts with their sizes or names, and derived numbers."""
    parts = {part.name: f"{part.name} ({', '.join(part.names) or part.size})" for part in numbering.parts}
    return ", ".join(parts.get(name, name) for name in numbering.digits(0) if name != "e") or numbering.name


def _place(container: Container, place: Place) -> str:
    digits = 10 if place.bus == omnibus else 0
    low, high = f"{place.low:#0{digits}x}", f"{place.high:#0{digits}x}"
    access = "" if place.access == container.access else f" ({place.access})"
    return f"{low} to {high} in {place.space}{access}"


def _field(field: Field) -> str:
    """Such as `w0.5-0: 0 to 63, default 3: how wide`."""
    shown = dict.fromkeys([position_text(parts) for parts in field.elements])
    places = ", ".join(shown) if field.stored else "no bits"
    default = (
        f", default {_default(field)}" if field.default != (0 if field.size is None else (0,) * field.size) else ""
    )
    signed = ", signed" if field.signed else ""
    return f"{places}: {field.allowed}{signed}{default}: {field.doc}"


def _default(field: Field) -> str:
    names = {0: "false", 1: "true"} if field.kind == "bool" else {number: name for name, number in field.enum.items()}
    values = field.default if isinstance(field.default, tuple) else (field.default,)
    return " ".join(str(names.get(one, one)) for one in (values if len(set(values)) > 1 else values[:1]))


def _ways(container: Container) -> Entry:
    """The backends by which it is accessed, and the playback instructions for a word where these are not the usual."""
    buses = load_registers().buses
    entry: Entry = {}
    for access in ("write", "read"):
        found = [backend for _, backend in buses.routes(container, access)]
        entry |= {f"{access} over": ", ".join(one.name for one in found)} if found else {}
        if found and found[0].name != usual_backend:
            entry[f"{access} steps"] = [_step(step) for step in found[0].steps(access)]
    return entry


def _step(step: Step) -> str:
    if step.instruction == "write":
        return f"{step.fields['address']} := {step.fields['word']}"
    if step.instruction == "read":
        return f"read {step.fields['address']}"
    return " ".join([step.instruction, *(f"{name}={text}" for name, text in step.fields.items())])
