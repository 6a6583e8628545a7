"""The table of all mapped Omnibus words, made from the register maps."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hicannx.cache import cached
from hicannx.emu import behaviour
from hicannx.emu.link import systime_places
from hicannx.emu.machine import facts
from hicannx.emu.state import OmnibusTable
from hicannx.emu.synram import quads, rows
from hicannx.emu.wiring import hemispheres, inputs, outputs
from hicannx.regmodel.bus import omnibus
from hicannx.regmodel.container import Container
from hicannx.regmodel.geometry import neuron_of_backend
from hicannx.regmodel.load import load_registers, registers_content

NO_CONTAINER = -1
_access_bits = {"r": 1, "w": 2, "rw": 3}


def container_names() -> list[str]:
    """Names of the containers in the order of their numbers in the table."""
    return sorted(load_registers().containers)


@cache
def omnibus_table() -> OmnibusTable:
    """All words that the FPGA and the processors can reach, ascending by address."""
    return cached("omnibus", [registers_content(), repr(behaviour.names).encode(), repr(facts).encode()], _build)


def row_of(address: int) -> int:
    """The row of a mapped word."""
    row = int(np.searchsorted(omnibus_table().address, address))
    assert omnibus_table().address[row] == address
    return row


def _build() -> OmnibusTable:
    containers = load_registers().containers
    numbers = {name: number for number, name in enumerate(sorted(containers))}
    aliases_last = sorted(numbers, key=lambda name: containers[name].alias_of is not None)
    parts = [part for name in aliases_last for part in _words(containers[name], numbers[name])]
    columns = [np.concatenate(column) for column in zip(*parts, *_fpga_words())]
    order = np.argsort(columns[0], kind="stable")
    columns = [column[order] for column in columns]
    first = np.ones(len(order), bool)
    first[1:] = columns[0][1:] != columns[0][:-1]  # aliases stand behind the containers that they are of
    address, reset, kind, number, instance, access = (column[first] for column in columns)
    kind, instance = _place_synram(address, kind, instance)
    return OmnibusTable(address, reset, kind, number, instance, access)


def _words(container: Container, number: int) -> Iterator[tuple[NDArray[np.generic], ...]]:
    """Words on the Omnibus, but none of a large memory or of another image of the FPGA than the emulated one."""
    places = [place for place in container.places if place.bus == omnibus]
    if not places or container.numbering.is_large or not is_in_image(container):
        return
    (place,) = places
    addresses = container.all_addresses(place)
    reset = facts["power_up"].get(container.name, container.default_words) or (0,) * container.words
    for word in range(container.words):
        column = addresses[:, word].astype(np.int64)
        yield (
            column,
            np.full(len(column), reset[word], np.uint32),
            np.full(len(column), behaviour.number(behaviour_of(container)), np.int16),
            np.full(len(column), number, np.int16),
            _places(container, word),
            np.full(len(column), _access_bits[place.access], np.uint8),
        )


def is_in_image(container: Container) -> bool:
    """Whether the emulated image of the FPGA has a container; it has all of the chip."""
    return container.image in (None, facts["fpga_image"])


def behaviour_of(container: Container) -> str | None:
    """What accesses do beside storing."""
    return "derived" if container.name in behaviour.derived else container.behaviour


def behaviours_on_omnibus(container: Container) -> str | None:
    """What accesses to a container's words do, as `behaviour.about` has it; None where they only store.

    KeyError where its words are not on the emulated Omnibus.
    """
    places = [place for place in container.places if place.bus == omnibus]
    if not places or not is_in_image(container):
        raise KeyError(container.name)
    address = int(container.addresses(0, places[0])[0])
    if container.numbering.is_large:
        return "fpga_memory"
    name = behaviour.names[omnibus_table().behaviour[row_of(address)]]
    return None if name == "none" else "synapse_memory" if name.startswith("synram_") else name


def _places(container: Container, word: int) -> NDArray[np.int32]:
    """What the behaviour of a word of each instance is about: the instance; for neurons the neuron, for counters and
    words of a status their place.
    """
    kind, instances = container.behaviour, np.arange(container.instances, dtype=np.int32)
    if kind == "neuron_reset":
        return neuron_of_backend().astype(np.int32)
    if kind in ("spike_counter_read", "spike_counter_reset"):
        return (inputs + outputs + neuron_of_backend()).astype(np.int32)
    if kind in ("link_status", "arq_status", "performance_status", "systime_status"):
        return instances * container.words + word + systime_places.get(container.name, 0)
    return instances + (inputs if container.name == "CrossbarOutputEventCounter" else 0)


def _fpga_words() -> Iterator[tuple[NDArray[np.generic], ...]]:
    """Words of the FPGA that belong to no container."""
    spi = 0
    for row in facts["fpga_words"].values():
        column, kind = np.arange(row["address"], row["address"] + row["words"]), behaviour.number(row["behaviour"])
        yield (
            column,
            np.full(len(column), row["reset"], np.uint32),
            np.full(len(column), kind, np.int16),
            np.full(len(column), NO_CONTAINER, np.int16),
            np.arange(len(column), dtype=np.int32) + (spi if kind == behaviour.SPI else 0),
            np.full(len(column), _access_bits[row["access"]], np.uint8),
        )
        spi += kind == behaviour.SPI


def _place_synram(
    address: NDArray[np.int64], kind: NDArray[np.int16], instance: NDArray[np.int32]
) -> tuple[NDArray[np.int16], NDArray[np.int32]]:
    """Words inside the windows of the synapse memory: which window, and the quad's place in rows of 64."""
    for name, first in _windows().items():
        raw = name == "synram_raw_even"
        for hemisphere, start in enumerate(first):
            line = (address - start) // quads
            row = line // 2 if raw else line
            inside = (line >= 0) & (row < rows)
            number = behaviour.names.index(name) + (line % 2 if raw else 0)
            place = (hemisphere * rows + row) * quads + (address - start) % quads
            kind = np.where(inside, number, kind).astype(np.int16)
            instance = np.where(inside, place, instance).astype(np.int32)
    return kind, instance


def _windows() -> dict[str, list[int]]:
    """First address of each window in both hemispheres: where the quads of row 0 stand."""
    containers = load_registers().containers
    shown = {
        "synram_weights": ("SynapseWeightQuad", 0),
        "synram_labels": ("SynapseLabelQuad", 0),
        "synram_even_msb2": ("SynapseCorrelationCalibQuad", 0),
        "synram_odd_msb2": ("SynapseCorrelationCalibQuad", 1),
        "synram_raw_even": ("SynapseQuad", 0),
    }
    first = [0, containers["SynapseWeightQuad"].instances // hemispheres]
    return {name: containers[one].all_addresses()[first, word].tolist() for name, (one, word) in shown.items()}
