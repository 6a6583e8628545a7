"""What kernels read of neurons follows every write, many at once, only as far as they change something."""

from typing import Any

import numpy as np
import pytest

from hicannx.emu.chip import Chip
from hicannx.emu.executor import run_playback
from hicannx.emu.refresh import refresh_all
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.transfer import dependents, input_names, needed_names, quantity_names

_containers = load_registers().containers
_written = (
    "NeuronConfig", "NeuronBackendConfig", "CommonNeuronBackendConfig", "CapMemCell", "ColumnCurrentQuad",
    "ColumnCorrelationQuad",
)  # fmt: skip
_moving = ("values", "charge", "timer", "due", "next", "moved", "mask", "spike_tick", "spike_neuron", "counts", "block")


def made_from_registers(chip: Chip) -> dict[str, np.ndarray]:
    """Copies of what is derived from the registers of neurons and their columns."""
    state: Any = chip.world.chip
    neurons = {
        f"neurons.{name}": state["neurons"][name] for name in state["neurons"].dtype.names if name not in _moving
    }
    others = {name: state[name] for name in ("quantity", "connection", "channel_source", "converter")}
    clusters = state["neurons"]["counts"][7]
    routing = {f"routing.{name}": one for name, one in zip(chip.world.routing._fields, chip.world.routing)}
    found = {**neurons, **others, **routing, "pulses": state["sensors"]["pulses"], "clusters": clusters}
    return {name: np.array(one) for name, one in found.items()}


def random_writes(seed: int, count: int) -> bytes:
    """Writes of random fields of random instances, some with a pause behind them."""
    draw, builder = np.random.default_rng(seed), ProgramBuilder()
    builder.setup_timer()
    for turn in range(count):
        container = _containers[_written[draw.integers(len(_written))]]
        values: dict[str, Any] = {}
        for field in container.fields:
            if draw.random() < 0.7:
                drawn = draw.integers(field.low, field.high + 1, field.size or 1).tolist()
                values[field.name] = drawn if field.size else drawn[0]
        builder.write(container, int(draw.integers(container.instances)), values)
        if draw.random() < 0.2:
            builder.wait_until(100 * turn)
    builder.halt()
    return builder.to_bytes()


@pytest.mark.parametrize("seed", range(4))
def test_after_any_writes_it_is_what_all_registers_say(seed):
    chip = Chip()
    run_playback(chip, random_writes(seed, 400))
    followed = made_from_registers(chip)
    refresh_all(chip.world)
    made_anew = made_from_registers(chip)
    assert [name for name, one in made_anew.items() if not np.array_equal(one, followed[name], equal_nan=True)] == []
    assert followed["clusters"] > 0


def test_a_conversion_sees_what_was_written_before():
    """The switches of the column, then a sample, without anything between them."""
    builder, chip = ProgramBuilder(), Chip()
    builder.write(_containers["CADCConfig"], 0, {"enable": True})
    builder.write(_containers["NeuronConfig"], 0, {"enable_readout_amplifier": True, "readout_source": "membrane"})
    builder.write(_containers["CapMemCell"], 0, {"value": 600})
    quad = _containers["ColumnCorrelationQuad"]
    on = {field.name: [True] * 4 for field in quad.fields if field.name.startswith("enable_cadc_neuron_readout")}
    builder.write(quad, 0, on)
    builder.read(_containers["CADCSampleQuad"], 0)
    builder.halt()
    run_playback(chip, builder.to_bytes())
    assert set(np.unique(chip.world.chip.channel_source[0, :, :8])) == {0, 2}


def test_what_depends_on_what_is_known_both_ways():
    for quantity in quantity_names():
        for name in needed_names(quantity):
            assert quantity in dependents(frozenset({name})), (quantity, name)
    for name in input_names():
        assert all(name in needed_names(quantity) for quantity in dependents(frozenset({name})))
