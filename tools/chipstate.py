"""The state of an emulated chip as a configuration."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from hicannx.configs.setting import ChipConfig, Setting, from_words, is_on_omnibus
from hicannx.configs.window import load_windows
from hicannx.regmodel.container import Container
from hicannx.regmodel.load import load_registers

if TYPE_CHECKING:
    from hicannx.emu.chip import Chip


def state_containers() -> dict[str, Container]:
    """The registers that make up the state: what can be written and read back, and is no window on others."""
    containers = load_registers().containers.values()
    listed = [one for one in containers if not one.numbering.is_large and one.name not in load_windows()]
    stored = [one for one in listed if one.access == "rw" and is_on_omnibus(one) and one.alias_of is None]
    return {one.name: one for one in stored if one.image is None}


def chip_config(chip: Chip, names: Collection[str] | None = None, since: Chip | None = None) -> ChipConfig:
    """What the registers of a chip hold now: all of `names`, by default all that make up its state.

    With `since`, only the instances that differ from those of that chip.
    """
    settings = {}
    for name, container in state_containers().items():
        if names is None or name in names:
            setting = _setting(container, chip, since)
            if setting.chosen.any():
                settings[name] = setting
    return ChipConfig(settings)


def _setting(container: Container, chip: Chip, since: Chip | None) -> Setting:
    from hicannx.emu.stored import stored_words

    addresses = container.all_addresses()
    words = stored_words(chip.world.chip, addresses)
    chosen = np.ones(container.instances, dtype=bool)
    if since is not None:
        chosen = (words != stored_words(since.world.chip, addresses)).any(axis=1)
    instances = np.flatnonzero(chosen)
    return from_words(container, instances, words[instances])
