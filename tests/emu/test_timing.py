"""The timing model against the simulated processor and against silicon."""

from __future__ import annotations

import json
import lzma
import statistics
from pathlib import Path

import numpy as np
import pytest

from hicannx.emu.demand import demand
from hicannx.emu.kernelcache import njit
from hicannx.emu.score import (
    CONDITION,
    CTR,
    DECODED_COLUMNS,
    FLAGS_SHIFT,
    GIVES,
    JUMPS_ON,
    LR,
    NOTHING,
    OTHER,
    READS_ACC,
    READS_VCR,
    SECOND_SHIFT,
    TARGET_SHIFT,
    VA_SHIFT,
    VB_SHIFT,
    VT_SHIFT,
    WAITS,
    WRITES_ACC,
    WRITES_XER,
)
from hicannx.emu.timeline import issue_all, new_score
from hicannx.isa.example import encode_text
from hicannx.isa.load import load_isa
from hicannx.isa.timing import load_model, timing_classes
from hicannx.tools.conform.benchmark import slopes
from hicannx.tools.conform.c_program import find_program
from hicannx.tools.conform.read import read_content
from hicannx.tools.conform.simulated_program import situation
from hicannx.tools.conform.timed import image_issues, situation_issues

vectors = Path(__file__).resolve().parent.parent / "vectors"


def errors(pairs):
    return [abs(found / wanted - 1) for found, wanted in pairs]


def test_benchmarks_take_the_cycles_of_the_simulated_processor():
    benchmarks = json.loads(read_content(vectors / "ppu/timing.json"))["benchmarks"]
    assert len(benchmarks) == 161
    found = [(slopes(one), one) for one in benchmarks]
    for name in ("cycles_per_step_drained", "cycles_per_step_issue"):
        off = errors((slope[name], one[name]) for slope, one in found)
        assert statistics.median(off) <= 0.03
        assert sum(one <= 0.10 for one in off) >= 0.95 * len(off)


def test_whole_programs_take_the_cycles_of_the_simulated_processor():
    off = []
    with lzma.open(vectors / "ppu/programs.jsonl.xz") as lines:
        for line in lines:
            record = json.loads(line)
            off += errors([(situation_issues(situation(record))[-1], record["cycles"])])
    assert len(off) == 120
    assert statistics.median(off) <= 0.05
    assert max(off) <= 0.15


def test_compiled_programs_take_the_cycles_of_the_simulated_processor():
    programs = json.loads(read_content(vectors / "ppu/c_program_cycles.json"))["programs"]
    off = []
    for name, one in programs.items():
        folder = find_program(name, vectors / "ppu")
        assert folder is not None
        issues = image_issues(read_content(folder / "image.bin"))
        assert len(issues) == one["instructions"]
        off += errors([(issues[-1], one["rtl_cycles"])])
    assert len(off) == 33
    assert statistics.median(off) <= 0.05
    assert max(off) <= 0.15


def test_a_wait_that_does_not_sleep_takes_a_cycle():
    words = [encode_text(load_isa(), one) for one in ("wait 1", "addi 3,0,1")]
    assert issue_all(new_score("chip"), np.array([0, 4]), np.array(words, np.int64)).tolist() == [4, 5]


def test_every_vector_class_has_its_figures():
    assert set(load_model().vector) == {name for name in timing_classes() if name.startswith("v_")}
    assert {one.unit for one in load_model().vector.values()} == set(load_model().units)


@njit
def call_demand(word, found):
    demand(word, found)


def demand_of(text):
    found = np.zeros(DECODED_COLUMNS, np.int64)
    call_demand(encode_text(load_isa(), text), found)
    return found


def given(found, *shifts):
    return {int(found[GIVES]) >> shift & NOTHING for shift in shifts} - {NOTHING}


@pytest.mark.parametrize(
    ("text", "waits", "targets"),
    [
        ("add 3,4,5", {3, 4, 5}, {3}),  # two results for a register come in their order
        ("add. 3,4,5", {3, 4, 5}, {3, CONDITION}),
        ("addi 3,0,1", {3}, {3}),
        ("lwzu 3,4(5)", {3, 5}, {3, 5}),
        ("stw 3,4(5)", {3, 5}, set()),
        ("lmw 29,4(5)", {5, 29, OTHER}, {29, OTHER}),  # unaligned ones change MSR
        ("bdnz .+8", {CTR}, {CTR}),
        ("bl .+8", set(), {LR}),
        ("beq cr2,.+8", {CONDITION + 2}, set()),
        ("mtlr 3", {3}, {LR}),
        ("mfcr 3", {3, *range(CONDITION, LR)}, {3}),
        ("nop", set(), set()),
    ],
)
def test_demands_follow_from_the_semantics(text, waits, targets):
    found = demand_of(text)
    assert {number for number in range(NOTHING) if found[WAITS] >> number & 1} == waits
    assert given(found, TARGET_SHIFT, SECOND_SHIFT) == targets


def flags_of(found):
    return int(found[GIVES]) >> FLAGS_SHIFT & 0xFF


def test_demands_of_vector_instructions():
    found = demand_of("fxvmatachm 1,2,3")
    assert (given(found, VA_SHIFT, VB_SHIFT), given(found, VT_SHIFT)) == ({1, 2}, set())
    assert flags_of(found) == READS_ACC | WRITES_ACC | READS_VCR
    assert flags_of(demand_of("addo 3,4,5")) == WRITES_XER
    assert flags_of(demand_of("b .+4")) == JUMPS_ON
