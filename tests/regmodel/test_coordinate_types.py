"""Coordinate types: their sizes, names and conversions against the official ones, and what is said about mistakes."""

from __future__ import annotations

import hashlib
import json
import lzma
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.conversion import conversion, convert, coordinate_type, find
from hicannx.regmodel.coordinatetype import type_number
from hicannx.regmodel.digit import size_of
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.loadtypes import coordinate_type_of, load_types

vectors = Path(__file__).parent.parent / "vectors" / "registers"
types = load_types().types
model = load_registers()


@cache
def official() -> Any:
    """Sizes and names of all types; of each conversion the counterparts of a number and a hash of all of them."""
    return json.loads(lzma.decompress((vectors / "coordinate_tables.json.xz").read_bytes()))


def test_all_types_have_their_size_and_names() -> None:
    assert types.keys() == official()["types"].keys()
    for name, (size, names) in official()["types"].items():
        assert types[name].size == size, name
        assert names.items() <= types[name].names.items(), name


def test_all_conversions_give_the_official_numbers() -> None:
    """Each number of each of the 391 conversions; what the hashes were made of came from formulas."""
    assert len(official()["conversions"]) == 391
    for source, target, count, digest in official()["conversions"]:
        found = conversion(source, target).function(np.arange(types[source].size, dtype=np.int64))
        assert found.shape == (types[source].size, count), (source, target)
        assert hashlib.sha256(found.astype("<i8").tobytes()).hexdigest()[:16] == digest, (source, target)


def test_sizes_are_products_of_parts() -> None:
    for one in types.values():
        product = np.prod([part.size for part in one.parts], dtype=object) if one.parts else 1
        assert size_of(one.places) == product
        assert one.size == (len(one.existing) or product)
        assert len(set(one.existing)) == len(one.existing)
        assert all(0 <= number < product for number in one.existing)


def test_names_are_unique_and_fit() -> None:
    for one in types.values():
        assert len(set(one.names.values())) == len(one.names), one.name
        assert all(0 <= number < one.size for number in one.names.values())
    for part in load_types().parts.values():
        assert len(set(part.names.values())) == len(part.names)


def test_no_digit_comes_twice_in_a_type() -> None:
    """Else one value would hide the other when a number is split."""
    for one in types.values():
        if one.name != "CrossbarNodeOnDLS":
            counted = [
                name
                for part in one.parts
                for name in coordinate_type_of("", part.name, load_types().parts, one.span).digits
            ]
            assert len(set(counted)) == len(counted), one.name


def test_cells_that_are_no_parameters_are_all_others() -> None:
    columns = types["NeuronConfigOnNeuronConfigBlock"].size
    cell, quadrants = types["CapMemCellOnDLS"], types["CapMemBlockOnDLS"].names
    used = {(q, one.row, c) for q in quadrants.values() for one in model.cells.neuron.values() for c in range(columns)}
    used |= {(q, one.row, one.column) for q in quadrants.values() for one in model.cells.quadrant.values()}
    used |= {(quadrants[one.quadrant], one.row, one.column) for one in model.cells.chip.values()}
    numbers = {type_number(cell, dict(zip(("quadrant", "capmem_row", "capmem_column"), at))) for at in used}
    unused = convert("UnusedCapMemCellOnDLS", "CapMemCellOnDLS", np.arange(90))
    assert set(unused.tolist()) == set(range(cell.size)) - numbers


def test_registers_are_numbered_like_a_type() -> None:
    for container in model.containers.values():
        one = load_types().of_register(container.name)
        assert one is not None, container.name
        assert one.size == container.instances, container.name
        halco = container.numbering.halco
        if halco:
            assert (types[halco].places, types[halco].existing) == (one.places, one.existing), container.name


def test_numberings_have_the_parts_of_their_type() -> None:
    linked = {name: one for name, one in model.coordinates.items() if one.halco}
    assert len(linked) > 20
    for one in linked.values():
        like = types[one.halco]
        assert [(part.name, part.size) for part in one.parts] == [(part.name, part.size) for part in like.parts]
        numbers = np.arange(0, like.size, 1 + like.size // 1000)
        values = like.part_values(numbers)
        for part in one.parts:
            assert (one.digits(numbers)[part.name] == values[part.name]).all()


def test_one_number() -> None:
    assert convert("NeuronConfigOnDLS", "NeuronBackendConfigOnDLS", 300) == 172
    assert convert("NeuronBackendConfigOnDLS", "NeuronConfigOnDLS", 172) == 300
    assert convert("PhyConfigChipOnDLS", "JTAGPhyRegisterOnDLS", 3) == 4


def test_no_counterpart() -> None:
    assert convert("CrossbarInputOnDLS", "SPL1Address", 12) is None
    assert convert("CrossbarInputOnDLS", "NeuronColumnOnDLS", 12) == []
    assert convert("CrossbarInputOnDLS", "SPL1Address", np.array([7, 8, 11, 12])).tolist() == [-1, 0, 3, -1]


def test_several_counterparts() -> None:
    assert convert("SynapseDriverOnSynapseDriverBlock", "SynapseRowOnSynram", 23) == [47, 46]
    assert convert("SynapseDriverOnDLS", "SynapseRowOnDLS", 151) == [302, 303]
    assert convert("BackgroundSpikeSourceOnDLS", "CrossbarOutputOnDLS", 5) == [5, 9]
    assert convert("CrossbarInputOnDLS", "CrossbarNodeOnDLS", 2) == [6, 7, 8]
    found = convert("CrossbarInputOnDLS", "CrossbarNodeOnDLS", np.arange(20))
    assert found.shape == (20, 9)
    assert sorted(found[found >= 0].tolist()) == list(range(76))


def test_arrays_of_any_shape() -> None:
    numbers = np.arange(512).reshape(2, 16, 16)
    assert convert("AtomicNeuronOnDLS", "NeuronColumnOnDLS", numbers).shape == (2, 16, 16)
    assert convert("AtomicNeuronOnDLS", "SynapseOnDLS", numbers[0, 0]).shape == (16, 256)
    assert convert("AtomicNeuronOnDLS", "NeuronColumnOnDLS", np.zeros(0, dtype=np.int64)).shape == (0,)


def test_what_has_these_counterparts() -> None:
    assert find("CrossbarNodeOnDLS", {"CrossbarInputOnDLS": 13, "CrossbarOutputOnDLS": 9}) == [63]
    assert find("CrossbarNodeOnDLS", {"CrossbarInputOnDLS": 2, "CrossbarOutputOnDLS": 9}) == []
    assert find("SynapseRowOnDLS", {"SynramOnDLS": 1, "SynapseDriverOnSynapseDriverBlock": 3}) == [262, 263]


def test_numbers_by_name_and_part() -> None:
    assert type_number(types["SynramOnDLS"], "bottom") == 1
    assert type_number(types["PPUMemoryWordOnPPU"], "return_code") == 3071
    assert type_number(types["PPUMemoryBlockOnPPU"], "mailbox") == 12587007
    assert type_number(types["AtomicNeuronOnDLS"], {"neuron_column": "44", "neuron_row": "bottom"}) == 300
    assert type_number(types["AtomicNeuronOnDLS"], "0x12c") == 300


def failure(action: Any) -> str:
    with pytest.raises(DiagnosticError) as raised:
        action()
    (problem,) = raised.value.diagnostics
    return f"{problem.code}: {problem.title}" + (f" | {problem.help}" if problem.help else "")


node = "CrossbarNodeOnDLS"


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (
            lambda: coordinate_type("NeuronOnDLS"),
            "R160: there is no coordinate type `NeuronOnDLS` | did you mean `NeuronRowOnDLS`?",
        ),
        (
            lambda: convert("EntryOnQuad", "PPUOnDLS", 0),
            "R161: EntryOnQuad and PPUOnDLS have nothing in common | `hicannx lookup EntryOnQuad` lists what has",
        ),
        (
            lambda: convert("PPUOnDLS", "PPUMemoryBlockOnDLS", 0),
            "R162: a number of PPUOnDLS has up to 16777216 counterparts in PPUMemoryBlockOnDLS"
            " | at most 1048576 are listed",
        ),
        (lambda: convert("PPUOnDLS", "SynramOnDLS", 2), "R163: PPUOnDLS has no number 2 (0 to 1)"),
        (lambda: convert("PPUOnDLS", "SynramOnDLS", np.array([0, -1])), "R163: PPUOnDLS has no number -1 (0 to 1)"),
        (
            lambda: type_number(types["PPUOnDLS"], "botom"),
            "R163: PPUOnDLS has no value named `botom` | did you mean `bottom`?",
        ),
        (
            lambda: type_number(types[node], {"crossbar_input": 20, "crossbar_output": 0}),
            "R163: part `crossbar_input` has no number 20 (0 to 19)",
        ),
        (
            lambda: type_number(types[node], {"crossbar_inpt": 2}),
            "R111: `CrossbarNodeOnDLS` has no part `crossbar_inpt` | did you mean `crossbar_input`?",
        ),
        (
            lambda: type_number(types[node], {"crossbar_input": 2}),
            "R114: several numbers of `CrossbarNodeOnDLS` have these parts | give `crossbar_output`, too",
        ),
        (
            lambda: type_number(types[node], {"crossbar_input": 2, "crossbar_output": 9}),
            "R113: there is no `CrossbarNodeOnDLS` with crossbar_input: 2, crossbar_output: 9",
        ),
        (
            lambda: coordinate_type_of("X", "neuron_colum", load_types().parts, types[node].span),
            "R164: nothing is known by the name `neuron_colum` | did you mean `neuron_column`?",
        ),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_mistakes(action: Any, message: str) -> None:
    assert failure(action) == message


def test_whether_there_is_a_conversion() -> None:
    assert conversion("AtomicNeuronOnDLS", "SynapseOnDLS").count == 256
    with pytest.raises(DiagnosticError, match="R161"):
        conversion("TimerOnDLS", "PPUOnDLS")
