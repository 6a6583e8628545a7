"""A chip with short ways to the synapse array: vectors by programs, registers by the host."""

import numpy as np
import pytest

from hicannx.asm.assemble import assemble
from hicannx.emu.chip import Chip
from hicannx.emu.executor import run_playback
from hicannx.emu.omnibus import write
from hicannx.emu.ppu import load_image
from hicannx.regmodel.codec import encode
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.source import SourceFile

_maps = load_registers().containers


class Board:
    """A chip, and what the host and programs do to it."""

    def __init__(self):
        self.chip = Chip()
        self.state = self.chip.world.chip

    def run(self, text, ppu=0):
        """Run a program on a processor until it sleeps."""
        load_image(self.chip, assemble(SourceFile("test.s", text + "\nwait\n")).image(), ppu)
        self.chip.release_ppu(ppu)
        self.chip.advance_until_asleep(ppu, self.chip.now_tick + 100_000)

    def read(self, address, ppu=0):
        """A vector, by fxvinx."""
        self.run(_load(4, address) + "fxvinx 1, 0, 4", ppu)
        return self.state.vr[ppu, 1].copy()

    def write(self, address, vector, mask=None, ppu=0):
        """Write a vector, or its bytes where a mask is 1, by fxvoutx."""
        self.state.vr[ppu, 1] = vector
        self.state.vr[ppu, 2] = 0 if mask is None else mask
        self.run(f"fxvcmpb 2\n{_load(4, address)}fxvoutx 1, 0, 4, {int(mask is not None)}", ppu)

    def load(self, word, ppu=0):
        """An Omnibus word, by lwz."""
        self.run(_load(4, word << 2 | 0x80000000) + "lwz 3, 0(4)", ppu)
        return int(self.state.gpr[ppu, 3])

    def set(self, name, instances, **fields):
        """Write registers, all at once."""
        container = _maps[name]
        for instance in instances:
            for address, word in zip(container.addresses(instance), encode(container, fields, instance), strict=True):
                write(self.state, address, word, 15, -1, self.chip.now_tick)
        self.chip.advance(self.chip.now_tick + 1)

    def words(self, addresses):
        """Omnibus words, as the host reads them."""
        builder = ProgramBuilder()
        builder.read_words([int(address) for address in addresses])
        return self._play(builder).reads

    def write_word(self, address, word):
        """Write an Omnibus word by a playback program."""
        builder = ProgramBuilder()
        builder.write_words([address], [word])
        self._play(builder)

    def _play(self, builder):
        builder.setup_timer()
        builder.wait_until(200)
        builder.halt()
        return run_playback(self.chip, builder.to_bytes(), "test.bits")


def _load(register, address):
    return f"lis {register}, {address >> 16}\nori {register}, {register}, {address & 0xFFFF}\n"


@pytest.fixture
def board():
    return Board()


@pytest.fixture
def quad_bytes():
    """The bytes of Omnibus words, the most significant one first."""
    return lambda words: np.frombuffer(np.asarray(words, ">u4").tobytes(), np.uint8)
