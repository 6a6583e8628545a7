"""What a configuration makes of its neurons, on a chip without mismatch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.configs.draft import neuron_places
from hicannx.configs.setting import ChipConfig, Setting
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.transfer import input_names, neuron_quantities


def nominal_quantities(config: ChipConfig) -> dict[str, NDArray[np.float64]]:
    """All quantities of regmodel/transfer.yaml by name, shape [neurons] each."""
    every = np.arange(load_registers().coordinates["neuron"].size)
    inputs = {}
    for name in input_names() & neuron_places().keys():
        place = neuron_places()[name]
        setting = config.settings.get(place.container.name) or Setting.empty(place.container)
        found = setting.look(place.field, place.instance)
        inputs[name] = found if place.element is None else found[every, place.element]
    return neuron_quantities(inputs, {})
