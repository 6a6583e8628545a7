"""Maps, coordinates, addresses and cells of the register model."""

from __future__ import annotations

import pickle
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel import geometry
from hicannx.regmodel.addressmap import describe, lookup, lookup_all, nearest
from hicannx.regmodel.addresstable import address_table, check_overlaps
from hicannx.regmodel.codec import decode, encode
from hicannx.regmodel.container import Container
from hicannx.regmodel.coordinate import instance
from hicannx.regmodel.field import FieldRow, make_field
from hicannx.regmodel.formula import evaluate
from hicannx.regmodel.load import build_registers, load_registers
from hicannx.render import render_text
from hicannx.source import SourceFile

model = load_registers()
containers, coordinates = model.containers, model.coordinates


listed = [one for one in containers.values() if not one.numbering.is_large]
memories = [one for one in containers.values() if one.numbering.is_large]
spaces = sorted({place.space for one in containers.values() for place in one.places})


def test_there_are_all_110_containers() -> None:
    assert len(containers) + len(model.blocks) == 110
    assert sorted(model.blocks) == ["CapMemBlock", "PPUMemory", "PPUMemoryBlock"]
    assert [one.name for one in memories] == ["ExternalPPUDRAMMemoryQuad", "ExternalPPUDRAMMemoryByte"]


@pytest.mark.parametrize("image", list(model.buses.images))
@pytest.mark.parametrize("bus", sorted({model.buses.bus_of(space) for space in spaces}))
def test_each_address_belongs_to_one_container(bus: str, image: str) -> None:
    table = address_table([one for one in containers.values() if one.image in (None, image)], bus)
    assert len(np.unique(table.address)) == len(table.address)
    assert not len(table.address) or 0 <= table.address.min() <= table.address.max() < 1 << 32
    for memory in memories if image == "dram" and bus == "omnibus" else []:
        (place,) = memory.places
        assert not ((table.address >= place.low) & (table.address <= place.high)).any()


def test_address_space_is_bit_31() -> None:
    sides = {"chip": 0, "chip_jtag_only": 0, "fpga": 1}
    for container in containers.values():
        for place in container.places:
            if place.space in sides:
                assert {place.low >> 31, place.high >> 31} == {sides[place.space]}


def test_addresses_have_one_row_for_each_instance() -> None:
    for container in listed:
        assert container.all_addresses().shape == (container.instances, container.words)
    assert containers["BackgroundSpikeSource"].addresses(0) == [0x130002, 0x130003, 0x130001]
    assert containers["SynapseQuad"].addresses(16384 + 65) == [0x3CF0081, 0x3CF00C1]
    assert containers["PPUControlRegister"].addresses(1) == [0x3A00000]


def test_a_container_in_two_spaces() -> None:
    pll = containers["ADPLL"]
    assert [(place.space, place.low, place.high) for place in pll.places] == [
        ("jtag_pll", 0, 3),
        ("chip_jtag_only", 0x80000, 0x80003),
    ]
    assert pll.addresses(1) == [2, 3]
    assert pll.addresses(1, pll.place_in("chip_jtag_only")) == [0x80002, 0x80003]
    assert pll.place_in("chip") is None


def test_a_large_memory_is_never_listed() -> None:
    byte = containers["ExternalPPUDRAMMemoryByte"]
    assert byte.addresses(268435455) == [0x87FFFFFF]
    assert byte.addresses_of(np.array([0, 4, 268435455])).tolist() == [[0x84000000], [0x84000001], [0x87FFFFFF]]
    with pytest.raises(ValueError, match="`dram_byte` has 268435456 instances, too many to list"):
        byte.all_addresses()
    assert instance(coordinates["dram_word"], {"dram_word": 3}) == 3
    assert instance(coordinates["dram_word"], 67108863) == 67108863


@pytest.mark.parametrize("memory", memories, ids=lambda one: one.name)
@given(st.data())
def test_addresses_of_a_large_memory_are_found(memory: Container, data: st.DataObject) -> None:
    e = data.draw(st.integers(0, memory.instances - 1))
    (address,) = memory.addresses(e)
    found = {one.container.name: one for one in lookup_all(address)}[memory.name]
    assert (found.word, found.address, memory.addresses(found.instance)) == (0, address, [address])
    assert found.instance == e - e % (memory.instances // 67108864)


@given(st.data())
def test_every_instance_is_found_where_it_stands(data: st.DataObject) -> None:
    container = containers[data.draw(st.sampled_from(sorted(containers)))]
    place = data.draw(st.sampled_from(container.places))
    e, word = data.draw(st.integers(0, container.instances - 1)), data.draw(st.integers(0, container.words - 1))
    address = container.addresses(e, place)[word]
    assert place.low <= address <= place.high
    found = [one for one in lookup_all(address, place.bus) if one.container.name == container.name]
    if container.byte:  # the first of the bytes of a word
        assert [(one.instance - one.instance % 4, one.word) for one in found] == [(e - e % 4, word)]
    else:
        assert [(one.instance, one.word) for one in found] == [(e, word)]


def test_blocks_of_instances() -> None:
    block = model.blocks["CapMemBlock"]
    assert (block.container.name, block.numbering.size, block.members(3)) == ("CapMemCell", 4, range(9360, 12480))
    quadrants = block.container.numbering.views()["quadrant"]
    assert set(quadrants[list(block.members(2))].tolist()) == {2}
    assert model.blocks["PPUMemory"].members(1) == range(4096, 8192)
    assert model.blocks["PPUMemoryBlock"].count is None


def test_a_pickled_container_is_the_same() -> None:
    node = containers["CrossbarNode"]
    node.all_addresses()
    copy = pickle.loads(pickle.dumps(node))
    assert (copy.name, copy.numbering.existing) == (node.name, node.numbering.existing)
    assert copy.addresses(75) == node.addresses(75)


def test_what_stands_at_an_address() -> None:
    assert describe(0x0013001C) == "CrossbarNode[3] at 0x0013001c"
    assert describe(0x88000007) == "PollingOmnibusBlockConfig word 1 at 0x88000007"
    assert describe(0x00130085) == "nothing at 0x00130085"
    assert nearest(0x00130085) == "CrossbarOutputEventCounter[11] at 0x00130084"
    assert nearest(0x00130084) == describe(0x00130084)
    assert nearest(0xFFFFFFFF) == "OutputRoutingTableEntry[65535] at 0x880dffff"
    assert nearest(0x88000000) == "FPGADeviceDNA word 0 at 0x88000003"
    assert nearest(0x87FFFFFF) == "ExternalPPUDRAMMemoryQuad[67108863] at 0x87ffffff"
    assert describe(0x8800000C) == "Timer at 0x8800000c"
    assert [str(one) for one in lookup_all(0x84001000)] == [
        "ExternalPPUDRAMMemoryQuad[4096] at 0x84001000",
        "VectorGeneratorControl[1] at 0x84001000",
        "ExternalPPUDRAMMemoryByte[16384] at 0x84001000",
    ]
    assert [str(one) for one in lookup_all(3, "jtag_pll")] == ["ADPLL[1] word 1 at 0x00000003"]
    assert lookup(0x00130085) is None
    word = lookup(0x02CF0040)
    assert word is not None
    assert (word.container.name, word.instance, word.word) == ("SynapseQuad", 0, 1)


def test_overlaps_are_reported_with_both_names() -> None:
    node = containers["CrossbarNode"]
    other = attrs.evolve(node, name="Intruder")
    with pytest.raises(DiagnosticError) as raised:
        check_overlaps([node, other])
    (problem,) = raised.value.diagnostics
    assert problem.title == "CrossbarNode and Intruder both claim address 0x00130019"
    assert problem.help == "correct one of them, or give one `alias_of: CrossbarNode` if they share the word"
    check_overlaps([node, attrs.evolve(other, alias_of="CrossbarNode")])


def test_overlaps_of_other_spaces_images_and_memories() -> None:
    jtag_only, dram = containers["CommonPhyConfigChip"], containers["ExternalPPUDRAMMemoryQuad"]
    generator, pll = containers["VectorGeneratorTrigger"], containers["PLLSelfTest"]
    check_overlaps([dram, generator, attrs.evolve(generator, name="Twin", image="dram", alias_of=generator.name)])
    chip = attrs.evolve(jtag_only, name="Chip", places=(attrs.evolve(jtag_only.places[0], space="chip"),))
    for pair, title in [
        ((jtag_only, chip), "CommonPhyConfigChip and Chip both claim address 0x00040000"),
        ((pll, attrs.evolve(pll, name="Twin")), "PLLSelfTest and Twin both claim address 0x00000005"),
        (
            (dram, attrs.evolve(generator, image=None)),
            "ExternalPPUDRAMMemoryQuad and VectorGeneratorTrigger both claim address 0x84000002",
        ),
        (
            (dram, attrs.evolve(dram, name="Twin")),
            "ExternalPPUDRAMMemoryQuad and Twin both claim address 0x84000000",
        ),
    ]:
        with pytest.raises(DiagnosticError) as raised:
            check_overlaps(pair)
        assert title in [one.title for one in raised.value.diagnostics]
    unrelated = attrs.evolve(jtag_only, name="Other", places=(attrs.evolve(jtag_only.places[0], bus="jtag_phy"),))
    check_overlaps([jtag_only, unrelated])


def build(tmp_path: Path, text: str) -> Any:
    maps: list[Traversable] = [
        files("hicannx.regmodel.maps") / f"{name}.yaml" for name in ("bases", "buses", "cells", "coordinates")
    ]
    path = tmp_path / "map.yaml"
    path.write_text(text)
    return build_registers([*maps, path])


def failure(tmp_path: Path, text: str) -> str:
    with pytest.raises(DiagnosticError) as raised:
        build(tmp_path, text)
    return render_text(raised.value.diagnostics)


row = "One:\n  doc: a register\n  source: nowhere\n  address: {address}\n  coordinate: {coordinate}\n"


def test_mistakes_in_maps(tmp_path: Path) -> None:
    unknown = failure(tmp_path, row.format(address="0", coordinate="hemispere"))
    assert "error[R101]: there is no coordinate `hemispere`" in unknown
    assert "did you mean `hemisphere`?" in unknown
    assert "error[R102]: One: nothing is known by the name 'pad_base' in `pad_base + 1`" in failure(
        tmp_path, row.format(address="pad_base + 1", coordinate="pad")
    )
    text = row.format(address="0", coordinate="pad") + "  fields: {value: {bits: w0:7, doc: malformed}}\n"
    assert "error[R102]: One: `w0:7` is not a position of bits such as w0.7-4" in failure(tmp_path, text)
    assert "One and One2 both claim address 0x00000000" in failure(
        tmp_path,
        row.format(address="0", coordinate="pad") + row.format(address="0", coordinate="single").replace("One", "One2"),
    )


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("  space: chipp\n", "error[R140]: there is no address space `chipp`\n"),
        ("  also: [{space: jtag_pl, address: 0}]\n", "error[R140]: there is no address space `jtag_pl`\n"),
        ("  image: dramm\n", "error[R140]: there is no image of the FPGA `dramm`\n"),
        ("  fields_of: Two\n", "error[R140]: there is no container `Two`\n"),
        ("  alias_of: Two\n", "error[R140]: there is no container `Two`\n"),
        ("  backends: [Omnibuss]\n", "error[R140]: there is no backend `Omnibuss`\n"),
        ("  members: {container: Two}\n", "error[R140]: there is no container `Two`\n"),
        ("  fields: {a: {bits: w0.1-0, signed: both, doc: a}}\n", "`signed: both` of the field `a` is not true, false"),
        ("  reject_unless: w0\n", "error[R102]: One: `w0` is not a position of bits such as w0.7-4\n"),
    ],
)
def test_what_a_map_names_is_there(tmp_path: Path, more: str, expected: str) -> None:
    assert expected in failure(tmp_path, row.format(address="0", coordinate="pad") + more)


def test_a_container_needs_an_address(tmp_path: Path) -> None:
    text = row.format(address="0", coordinate="pad").replace("  address: 0\n", "")
    assert "error[R102]: One: it needs an `address`, or `members`" in failure(tmp_path, text)


@pytest.mark.parametrize("text", ["1 +", "e ** 2", "f(1)", "e.x", "1.5", "True"])
def test_what_is_no_formula(text: str) -> None:
    with pytest.raises(ValueError, match="formula"):
        evaluate(text, {"e": 1})


@pytest.mark.parametrize("step", [0, 3])
def test_signed_fields(tmp_path: Path, step: int) -> None:
    text = (
        row.format(address="0", coordinate="single") + "  fields:\n    a: {bits: w0.7-4, signed: true, doc: signed}\n"
    )
    one = build(tmp_path, text).containers["One"]
    assert encode(one, {"a": -1 - step}) == [(15 - step) << 4]
    assert decode(one, [(15 - step) << 4]) == {"a": -1 - step}
    assert decode(one, [7 << 4]) == {"a": 7}


def test_a_field_has_one_position() -> None:
    span = SourceFile("x", "").span(0, 0)
    with pytest.raises(ValueError, match="the field `a` needs either `flag` or `bits`"):
        make_field("a", FieldRow("doc", span, flag="w0.1", bits="w0.2"))
    with pytest.raises(ValueError, match=r"the bits of `w0.1-2` stand in the wrong order"):
        make_field("a", FieldRow("doc", span, bits="w0.1-2"))


def test_instances_by_number_name_and_parts() -> None:
    quad, node = coordinates["synapse_quad"], coordinates["crossbar_node"]
    assert instance(quad, {"synram": "bottom", "synapse_row": 2, "synapse_quad_column": 3}) == 16384 + 2 * 64 + 3
    assert instance(quad, {"synram": "top", "row": 0, "quad_column": 3}) == 3
    assert instance(node, {"crossbar_input": 13, "crossbar_output": 9}) == 63
    assert instance(node, {"input": 8, "output": 0}) == 24
    assert instance(coordinates["hemisphere"], "bottom") == 1
    assert instance(coordinates["quadrant"], "south_west") == 2
    assert instance(coordinates["neuron"], 300) == 300
    assert instance(coordinates["neuron_backend"], {"neuron": 300}) == 128 + 300 - 256
    assert instance(coordinates["single"], 0) == 0


def problem_of(name: str, at: Any) -> str:
    with pytest.raises(DiagnosticError) as raised:
        instance(coordinates[name], at)
    return "".join(f"{one.code}: {one.title} | {one.help}" for one in raised.value.diagnostics)


@pytest.mark.parametrize(
    ("name", "at", "expected"),
    [
        ("crossbar_node", {"input": 2, "output": 9}, "R113: there is no `crossbar_node` with input: 2, output: 9 | "),
        (
            "crossbar_node",
            {"crossbar_input": 2},
            "R114: 3 instances of `crossbar_node` have crossbar_input: 2 | give `crossbar_output`, too",
        ),
        ("crossbar_node", 76, "R112: `crossbar_node` has no number 76 (0 to 75) | "),
        ("crossbar_node", {"input": 20}, "R112: `crossbar_input` has no number 20 (0 to 19) | "),
        (
            "crossbar_node",
            {"crosbar_input": 1},
            "R111: `crossbar_node` has no part `crosbar_input` | did you mean `crossbar_input`?",
        ),
        ("synapse_quad", {"synram": "topp"}, "R112: `synram` has no value named `topp` | did you mean `top`?"),
        ("dram_word", {"word": 67108864}, "R112: `dram_word` has no number 67108864 (0 to 67108863) | "),
        ("dram_word", {}, "R114: several instances of `dram_word` are meant | give `dram_word`, too"),
        ("pad", "left", "R112: `pad` has no value named `left` | give a number of 0 to 1"),
    ],
)
def test_instances_that_do_not_exist(name: str, at: Any, expected: str) -> None:
    assert problem_of(name, at) == expected


small = [one for one in coordinates.values() if not one.is_large]


@given(st.data())
def test_digits_are_views_of_single_instances(data: st.DataObject) -> None:
    coordinate = data.draw(st.sampled_from(list(coordinates.values())))
    e = data.draw(st.integers(0, coordinate.size - 1))
    digits = coordinate.digits(e)
    assert digits.pop("e") == e
    if coordinate.is_large:
        assert coordinate.index(digits) == e
    else:
        assert digits == {name: view[e] for name, view in coordinate.views().items()}


def test_sizes_of_coordinates() -> None:
    sizes = {"crossbar_node": 76, "ppu_word": 8192, "cadc_sample_quad": 131072, "capmem_cell": 12480, "single": 1}
    assert {name: coordinates[name].size for name in sizes} == sizes
    for coordinate in small:
        assert all(view.shape == (coordinate.size,) for view in coordinate.views().values())


def test_views_are_digits_of_the_number() -> None:
    views = coordinates["ppu_word"].views()
    assert (views["ppu"][4097], views["word"][4097]) == (1, 1)
    for coordinate in small:
        if not coordinate.existing:
            number = coordinate.index(coordinate.views())
            assert np.array_equal(np.broadcast_to(number, coordinate.size), np.arange(coordinate.size))


def test_geometry_of_the_crossbar() -> None:
    inputs, outputs = geometry.node_inputs_outputs()
    assert len(inputs) == 76
    pairs = list(zip(inputs.tolist(), outputs.tolist()))
    assert pairs == sorted(pairs)
    for k in range(8):
        assert [o for i, o in pairs if i == k] == [k % 4, 4 + k % 4, 8 + k % 4]
    for k in range(4):
        assert [o for i, o in pairs if i == 8 + k] == [*range(8), 8 + k]
    for b in range(8):
        assert [o for i, o in pairs if i == 12 + b] == [b, 8 + b % 4]


def test_geometry_of_neurons() -> None:
    backend = geometry.backend_of_neuron()
    assert backend[151] == 279  # golden: NeuronConfig 151 has reset and counter 279
    assert np.array_equal(backend[geometry.neuron_of_backend()], np.arange(512))
    rows, columns = geometry.neuron_rows_columns()
    assert (rows[300], columns[300]) == (1, 44)


def test_columns_of_quads() -> None:
    columns = geometry.synapse_columns()
    assert columns[0].tolist() == [0, 2, 4, 6]
    assert columns[33].tolist() == [9, 11, 13, 15]
    assert sorted(columns.ravel().tolist()) == list(range(256))


def test_cells_of_neurons_and_quadrants() -> None:
    assert geometry.neuron_cell("v_leak")[[0, 127, 128, 256, 511]].tolist() == [0, 127, 3120, 6240, 9487]
    assert geometry.neuron_cell("i_mem_offset")[1] == 22 * 130 + 1
    assert geometry.shared_cell("stp_v_charge_0").tolist() == [128, 3248, 6368, 9488]
    assert geometry.shared_cell("readout_out_amp_i_bias_1").tolist() == [1169]
    assert geometry.shared_cell("hagen_ibias_dac_bottom").tolist() == [12348]
    used = np.concatenate(
        [geometry.neuron_cell(name) for name in model.cells.neuron]
        + [geometry.shared_cell(name) for name in [*model.cells.quadrant, *model.cells.chip]]
    )
    assert len(np.unique(used)) == len(used) == 12480 - 90
    with pytest.raises(DiagnosticError, match="neurons have no parameter `v_leek`"):
        geometry.neuron_cell("v_leek")
    with pytest.raises(DiagnosticError, match="quadrants have no parameter `v_leak`"):
        geometry.shared_cell("v_leak")
