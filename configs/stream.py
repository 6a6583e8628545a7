"""What a playback program writes, as a configuration: the last word at every address."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.configs.setting import ChipConfig, Setting, from_words, is_on_omnibus
from hicannx.configs.window import fold_windows, load_windows, owner_of
from hicannx.regmodel.addresstable import AddressTable, address_table
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.access import byte_mask
from hicannx.regmodel.playback.instruction import Field, load_instructions
from hicannx.regmodel.playback.words import Program

Numbers = NDArray[np.int64]


def written_config(program: Program) -> ChipConfig:
    """The configuration that a program's Omnibus writes leave behind; the order of writing is that of last writes."""
    addresses, words = written_words(program)
    config = config_of_words(addresses, words)
    _fold_windows(config.settings, addresses)
    settings = {name: one for name, one in config.settings.items() if one.chosen.any()}
    return ChipConfig(settings, config.addresses)


def written_words(program: Program) -> tuple[Numbers, Numbers]:
    """Addresses that a program writes, each once, in the order of their last writes, and the words that are left."""
    table = load_instructions()
    row, data = table.instructions["omnibus_address"], table.instructions["omnibus_data"]
    is_read = row.field("is_read").mask
    places = np.flatnonzero((program.codes == row.code) & (program.payloads & is_read == 0))
    payloads = program.payloads[places]
    addresses = _field(row.field("address"), payloads)
    enables = _field(row.field("byte_enables"), payloads)
    words = _field(data.field("data"), program.payloads[places + 1])
    if (enables != table.omnibus.full_byte_enables).any():
        words = _merged(addresses, words, enables)
    backwards, last = np.unique(addresses[::-1], return_index=True)
    order = np.argsort(-last)
    return backwards[order], words[::-1][last[order]]


def _field(field: Field, payloads: Numbers) -> Numbers:
    return payloads >> field.lsb & field.highest


def _merged(addresses: Numbers, words: Numbers, enables: Numbers) -> Numbers:
    """The words as they stand after each write, where some write only a part of their bytes."""
    memory: dict[int, int] = {}
    left = words.copy()
    for place, (address, word, enable) in enumerate(zip(addresses.tolist(), words.tolist(), enables.tolist())):
        mask = byte_mask(enable)
        memory[address] = memory.get(address, 0) & ~mask | word & mask
        left[place] = memory[address]
    return left


def config_of_words(addresses: Numbers, words: Numbers) -> ChipConfig:
    """The configuration that means these words at distinct addresses."""
    table = address_table(one for one in load_registers().containers.values() if is_on_omnibus(one))
    row = np.minimum(np.searchsorted(table.address, addresses), len(table.address) - 1)
    known = table.address[row] == addresses
    settings: dict[str, Setting] = {}
    numbers, first = np.unique(table.number[row[known]], return_index=True)
    for number in numbers[np.argsort(first)].tolist():
        own = np.flatnonzero(known)[table.number[row[known]] == number]
        setting = _setting(table, number, row[own], words[own])
        settings[setting.container.name] = setting
    left = zip(addresses[~known].tolist(), words[~known].tolist())
    return ChipConfig(settings, dict(left))


def _fold_windows(settings: dict[str, Setting], addresses: Numbers) -> None:
    """Leave no register written both by itself and through a window: of each field the last write counts."""
    for window in [name for name in load_windows() if name in settings and owner_of(name) in settings]:
        shown, owner = settings[window], settings[owner_of(window) or ""]
        both = np.flatnonzero(shown.chosen & owner.chosen)
        both = both[~np.isin(both, [*shown.exact, *owner.exact])]
        order = np.argsort(addresses)
        later = _last_places(shown, both, addresses, order) > _last_places(owner, both, addresses, order)
        shown.drop(both[~later])
        fold_windows({window: shown}, owner, both)


def _last_places(setting: Setting, instances: Numbers, addresses: Numbers, order: Numbers) -> Numbers:
    """Where among all last writes the last word of each instance stands."""
    wanted = setting.container.all_addresses()[instances]
    return np.asarray(order[np.searchsorted(addresses, wanted, sorter=order)].max(axis=1))


def _setting(table: AddressTable, number: int, row: Numbers, words: Numbers) -> Setting:
    container = table.containers[number]
    content = np.zeros((container.instances, container.words), dtype=np.int64)
    given = np.zeros(content.shape, dtype=bool)
    content[table.instance[row], table.word[row]] = words
    given[table.instance[row], table.word[row]] = True
    complete = given.all(axis=1)
    setting = from_words(container, np.flatnonzero(complete), content[complete])
    for instance in np.flatnonzero(given.any(axis=1) & ~complete).tolist():
        pairs = zip(content[instance].tolist(), given[instance].tolist())
        setting.put_words(instance, tuple(word if is_given else None for word, is_given in pairs))
    return setting
