"""What registers hold, read all at once, is what the playback program reads word by word."""

from __future__ import annotations

import numpy as np

from hicannx.emu.chip import Chip
from hicannx.emu.executor import run_playback
from hicannx.emu.stored import stored_words
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.tools.chipstate import state_containers

windows = ("SynapseWeightQuad", "SynapseLabelQuad", "SynapseCorrelationCalibQuad")


def test_words_are_those_that_reads_give() -> None:
    draw = np.random.default_rng(5)
    containers = load_registers().containers
    names = [*state_containers(), *windows]
    builder = ProgramBuilder()
    addresses = []
    for name in names:
        container = containers[name]
        chosen = draw.choice(container.instances, min(container.instances, 50), replace=False)
        own = container.all_addresses()[chosen].ravel()
        addresses.append(own)
        if container.behaviour is None or name in ("PPUMemoryWord", "ExternalPPUMemoryQuad"):
            builder.write_words(own, draw.integers(0, 1 << 32, own.size))
    every = np.concatenate(addresses)
    builder.barrier()
    builder.read_words(every)
    builder.barrier()
    builder.halt()
    chip = Chip()
    result = run_playback(chip, builder.to_bytes())
    assert (stored_words(chip.world.chip, every) == result.reads).all()
    assert len(np.unique(result.reads)) > 1000
