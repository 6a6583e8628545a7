"""The real initialisation sequences run to their end, on a chip that is initialised already and on one that is not."""

import json
import lzma
from pathlib import Path

import numpy as np
import pytest

from hicannx.emu import state as st
from hicannx.emu.chip import Chip
from hicannx.emu.executor import run_playback
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.messages import decode_messages
from hicannx.regmodel.playback.words import halt_word

_folder = Path(__file__).parent.parent / "vectors" / "playback"
_maps = load_registers().containers


def _records(name):
    with lzma.open(_folder / name, "rt") as lines:
        return [json.loads(line) for line in lines]


def _programs():
    words = {"cube": [int(one["word"], 16) for one in _records("init_sequence.jsonl.xz")]}
    for one in _records("golden.jsonl.xz"):
        if one["id"] in ("G0304", "G0305", "G0308", "G0309"):
            words[one["id"]] = [int(word, 16) for word in one["words"]]
    return words


_all = _programs()


def run_words(chip, words, **options):
    """Run these words, and a halt behind them if they have none."""
    if words[-1] != halt_word():
        words = [*words, halt_word()]
    return run_playback(chip, np.array(words, ">u8").tobytes(), "test.bits", **options)


def test_the_sequences_are_those_of_the_reference():
    lengths = {"cube": 348, "G0308": 413, "G0309": 239, "G0304": 77, "G0305": 95}
    assert {name: len(words) for name, words in _all.items()} == lengths


@pytest.mark.parametrize("cold", [False, True])
@pytest.mark.parametrize("name", _all)
def test_a_sequence_runs_to_its_end(name, cold):
    chip = Chip(cold)
    result = run_words(chip, _all[name])
    assert result.timed_out is None and not result.warnings
    assert [one.name for one in decode_messages(result.words())][-1] == "loopback"
    has_link = name != "G0308"
    assert bool(chip.world.chip.fpga[st.LINK_UP]) == (has_link or not cold)
    assert chip.now_tick * 2e-3 > 100  # us: it waits for the chip to settle


@pytest.mark.parametrize("cold", [False, True])
def test_after_the_sequence_of_the_cube_registers_hold_what_it_has_written(cold):
    chip = Chip(cold)
    run_words(chip, _all["cube"])
    builder = ProgramBuilder()
    builder.read_words([0xC0012, 0xC001A, 0x142801, 0x02000002, 0x110602, 0x40000, 0x80004, 0x80001, 0x88004000])
    builder.halt()
    reads = run_playback(chip, builder.to_bytes()).reads
    assert reads.tolist() == [0x1000, 0x2CB, 30, 4, 0xC0, 0xFF, 0x110D0101, 0xC0CBF200, 0xFF]
    assert chip.world.chip.spi[0, 1] == 0xFF9C40
    assert chip.world.chip.spi[2, 2:8].tolist() == [608, 2090, 608, 1630, 440, 440]
    assert (chip.world.chip.phy == 0x204000).all()


def test_the_hardware_test_of_spikes_gets_them_back():
    """fisch:tests/hw/fisch/vx/test-event.cpp:22-135."""
    assert run_words(Chip(cold=True), _all["G0305"]).spike_labels.tolist() == [0, 1, 2]


def test_a_cold_chip_does_not_answer_over_its_link():
    builder = ProgramBuilder()
    builder.read_words([0x02800000])
    builder.barrier()
    builder.halt()
    result = run_playback(Chip(cold=True), builder.to_bytes(), as_silicon=True)
    assert result.reads.tolist() == [] and result.timed_out == 1
