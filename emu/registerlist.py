"""What the emulator does with each register of the maps."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from hicannx.emu.behaviour import about, of_executor
from hicannx.emu.omnibustable import behaviours_on_omnibus, is_in_image
from hicannx.regmodel.container import Container
from hicannx.regmodel.load import load_registers

STORES = "stores only"


@attrs.frozen
class ListedRegister:
    """A container, and what accesses to it do in the emulator."""

    container: str
    instances: int
    words: int
    access: str
    space: str
    behaviour: str


def list_registers() -> Iterator[ListedRegister]:
    """All containers by name."""
    for name, one in sorted(load_registers().containers.items()):
        yield ListedRegister(name, one.instances, one.words, one.access, one.address_space, _behaviour(one))


def _behaviour(container: Container) -> str:
    """In words, by what stands behind its words."""
    space = container.address_space
    if space.startswith("instruction:"):
        return f"the playback instruction {space.partition(':')[2]}"
    if not is_in_image(container):
        return "not in the emulated image of the FPGA"
    if container.name in of_executor:
        return "the playback executor goes by it"
    if space in _elsewhere:
        return _elsewhere[space]
    if space.startswith(("spi_", "i2c_")):
        return STORES if "w" in container.access else "shows a constant"
    kind = behaviours_on_omnibus(container)
    if kind is None:
        return STORES if "w" in container.access else "shows what is derived from others, or a constant"
    return about[kind]


_elsewhere = {
    "jtag_identification": "shows the revision of the chip",
    "jtag_phy": about["transceivers"],
}
