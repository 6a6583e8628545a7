"""The language of configurations: what its forms mean, and every mistake with its exact message."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hicannx.configs.chip import LoadedConfig, load_config, read_config
from hicannx.configs.setting import ChipConfig
from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.geometry import neuron_cell, shared_cell, synapse_columns
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.lowering import route
from hicannx.render import render_text


def load(tmp_path: Path, text: str, **names: float) -> ChipConfig:
    return read(tmp_path, text, **names).config


def read(tmp_path: Path, text: str, **names: float) -> LoadedConfig:
    (tmp_path / "chip.yaml").write_text(text)
    return read_config(tmp_path / "chip.yaml", names)


def message(tmp_path: Path, text: str) -> str:
    with pytest.raises(DiagnosticError) as caught:
        load(tmp_path, text)
    return render_text(caught.value.diagnostics).replace(str(tmp_path), "...")


def chosen(config: ChipConfig, name: str) -> list[int]:
    return np.flatnonzero(config.settings[name].chosen).tolist()


def test_groups_ranges_with_steps_where_and_except(tmp_path: Path) -> None:
    text = """groups:
  few: [0..3, 8]
  part: {neuron_row: bottom, neuron_column: few}
registers:
  NeuronConfig:
    - {at: part, enable_fire: true}
    - {at: few, except: [1, 3..9]}
  NeuronBackendConfig:
    - {at: {neuron: 0..20 by 5}}
  CrossbarNode:
    - {at: {where: "crossbar_input % 4 == crossbar_output and crossbar_input < limit"}}
"""
    config = load(tmp_path, text, limit=6)
    assert chosen(config, "NeuronConfig") == [0, 2, 256, 257, 258, 259, 264]
    backend = load_registers().coordinates["neuron_backend"].views()["neuron"]
    assert sorted(backend[chosen(config, "NeuronBackendConfig")]) == [0, 5, 10, 15, 20]
    nodes = load_registers().coordinates["crossbar_node"].views()
    found = chosen(config, "CrossbarNode")
    assert [int(nodes["crossbar_input"][e]) for e in found] == [0, 1, 2, 3, 4, 5]


def test_values_and_fields_in_expressions(tmp_path: Path) -> None:
    text = """values: {base: 3, more: "2 * base"}
registers:
  CrossbarNode:
    - {at: 0..3, mask: "more + e", target: "mask + base"}
"""
    config = load(tmp_path, text)
    assert [config.field("CrossbarNode", "mask", e) for e in range(4)] == [6, 7, 8, 9]
    assert [config.field("CrossbarNode", "target", e) for e in range(4)] == [9, 10, 11, 12]
    assert load(tmp_path, text, base=5).field("CrossbarNode", "target", 0) == 15


def test_an_including_file_replaces_values_and_fields(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("values: {a: 1}\nregisters: {CrossbarNode: [{at: all, mask: a, target: 7}]}\n")
    config = load(tmp_path, "include: [base.yaml]\nvalues: {a: 2}\nregisters: {CrossbarNode: [{at: 1, mask: a}]}\n")
    assert [config.field("CrossbarNode", "mask", e) for e in range(3)] == [1, 2, 1]
    assert config.field("CrossbarNode", "target", 1) == 7


def test_defaults_hold_for_instances_chosen_later(tmp_path: Path) -> None:
    text = """defaults:
  NeuronBackendConfig: {refractory_time: 250, address_out: neuron_column}
registers:
  NeuronBackendConfig:
    - {at: {neuron: 0..3}}
    - {at: {neuron: 2}, refractory_time: 9}
"""
    config = load(tmp_path, text)
    assert [config.field("NeuronBackendConfig", "refractory_time", e) for e in range(4)] == [250, 250, 9, 250]
    assert [config.field("NeuronBackendConfig", "address_out", e) for e in range(4)] == [0, 1, 2, 3]


def test_tables(tmp_path: Path) -> None:
    text = """registers:
  CrossbarNode:
    - {at: 0..4, mask: [1, 2, "7 x 2", "2 + 2"]}
    - at: 0..4
      target: |
        1 2
        0x10 x 3
  NeuronConfig:
    - {at: 0..2, readout_source: [exc_synin, membrane x 2], enable_fire: ["true x 2", false]}
  SynapseLabelQuad:
    - {at: 0..1, values: [[1, 2, 3, 4], [5, 6, 7, 8]]}
    - {at: 2..3, values: "9 8 7 6  5 x 4"}
"""
    config = load(tmp_path, text)
    assert config.settings["CrossbarNode"].values["mask"][:5].tolist() == [1, 2, 7, 7, 4]
    assert config.settings["CrossbarNode"].values["target"][:5].tolist() == [1, 2, 16, 16, 16]
    assert config.settings["NeuronConfig"].values["readout_source"][:3].tolist() == [1, 0, 0]
    assert config.settings["NeuronConfig"].values["enable_fire"][:3].tolist() == [1, 1, 0]
    labels = config.settings["SynapseLabelQuad"].values["values"]
    assert labels[:4].tolist() == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 8, 7, 6], [5, 5, 5, 5]]


def synapse(config: ChipConfig, name: str, array: int, row: int) -> list[int]:
    """The values of a row by column."""
    quads = config.settings["SynapseQuad"].values[name].reshape(2, 256, 64, 4)[array, row]
    values = np.empty(256, int)
    values[synapse_columns()] = quads
    return values.tolist()


@pytest.mark.parametrize("form", ["text", "lists", "npy", "csv"])
def test_synapse_matrices(tmp_path: Path, form: str) -> None:
    matrix = np.random.default_rng(3).integers(0, 64, (3, 256))
    np.save(tmp_path / "w.npy", matrix.astype(np.uint8))
    np.savetxt(tmp_path / "w.csv", matrix, "%d", ",")
    forms = {
        "text": "|\n" + "".join(f"      {' '.join(map(str, row))}\n" for row in matrix.tolist()),
        "lists": "\n" + "".join(f"      - {row}\n" for row in matrix.tolist()),
        "npy": "{file: w.npy}\n",
        "csv": "{file: w.csv}\n",
    }
    text = f"synapses:\n  - at: {{synram: bottom, synapse_row: [4, 8..9]}}\n    weights: {forms[form]}"
    config = load(tmp_path, text + "    labels: synapse_column % 64\n")
    assert [synapse(config, "weights", 1, row) for row in (4, 8, 9)] == matrix.tolist()
    assert synapse(config, "labels", 1, 8) == [column % 64 for column in range(256)]
    assert config.settings["SynapseQuad"].chosen.sum() == 3 * 64


def test_a_picture_of_weights(tmp_path: Path) -> None:
    grey = np.array([[0, 255], [128, 64]], np.uint8)
    Image.fromarray(grey).save(tmp_path / "w.png")
    text = "synapses:\n  - {at: {synram: top, synapse_row: 0..1, synapse_column: 6..7}, weights: {file: w.png}}\n"
    config = load(tmp_path, text)
    assert [synapse(config, "weights", 0, row)[6:8] for row in (0, 1)] == [[0, 63], [32, 16]]


def test_synapses_and_windows_on_them_are_one_memory(tmp_path: Path) -> None:
    text = """registers:
  SynapseWeightQuad: [{at: {synram: top, synapse_row: 0..1}, values: 5}]
synapses:
  - {at: {synram: top, synapse_row: 0}, labels: 9}
"""
    config = load(tmp_path, text)
    assert synapse(config, "weights", 0, 0) == [5] * 256 and synapse(config, "labels", 0, 0) == [9] * 256
    assert chosen(config, "SynapseWeightQuad") == list(range(64, 128))
    (tmp_path / "later.yaml").write_text(text)
    again = "include: [later.yaml]\nregisters: {SynapseWeightQuad: [{at: 0..64, values: 7}]}\n"
    config = load(tmp_path, again)
    assert synapse(config, "weights", 0, 0) == [7] * 256 and synapse(config, "labels", 0, 0) == [9] * 256
    assert config.field("SynapseWeightQuad", "values", 64) == [7, 7, 7, 7]


def test_words_and_addresses(tmp_path: Path) -> None:
    text = """registers:
  NeuronConfig:
    - {at: 3, words: [1, ~, 0x3, ~, ~, 6]}
    - {at: 4, words: [1, 2, 3, 4, 5, 6]}
    - {at: 4, enable_fire: false}
addresses: {0x7000000: 0xffffffff}
"""
    first = load_registers().containers["NeuronConfig"].addresses(3)
    writes = load(tmp_path, text).writes
    assert writes[:3] == [(first[0], 1), (first[2], 3), (first[5], 6)]
    assert writes[3:-1] == list(zip(load_registers().containers["NeuronConfig"].addresses(4), [1, 2, 3, 4, 1, 6]))
    assert writes[-1] == (0x7000000, 0xFFFFFFFF)


def test_later_entries_replace_fields_of_words(tmp_path: Path) -> None:
    first, second = synapse_columns()[:2]
    text = f"""registers:
  ColumnCurrentQuad: [{{at: 0, words: [0, 0]}}]
  SynapseQuad: [{{at: 0, words: [0x3f3f3f3f, 0x01010101]}}]
  SynapseWeightQuad: [{{at: 1, words: [0x3f3f3f3f]}}]
neurons:
  - {{at: {first[0]}, enable_synaptic_current_excitatory: true}}
synapses:
  - {{at: {{synram: top, synapse_row: 0, synapse_column: [{first[0]}, {second[0]}]}}, labels: 5}}
"""
    config = load(tmp_path, text)
    weights, labels = (np.array(synapse(config, name, 0, 0)) for name in ("weights", "labels"))
    assert weights[[*first, *second]].tolist() == [63] * 8
    assert labels[[*first, *second]].tolist() == [5, 1, 1, 1, 5, 0, 0, 0]
    writes = dict(config.writes)
    assert writes[load_registers().containers["ColumnCurrentQuad"].addresses(0)[0]] == 1 << 24
    assert load_registers().containers["SynapseWeightQuad"].addresses(1)[0] not in writes


def test_a_long_list_gives_a_quantity_to_each_neuron(tmp_path: Path) -> None:
    targets = [80 + neuron % 20 for neuron in range(512)]
    (found,) = read(tmp_path, f"neurons: [{{at: all, v_leak_cadc: {targets}}}]\n").quantities
    assert found.wanted.tolist() == targets
    assert np.abs(found.reached - targets).max() < 0.5


def test_words_of_a_cell_are_in_the_place_of_an_earlier_quantity(tmp_path: Path) -> None:
    (tmp_path / "wished.yaml").write_text("neurons: [{at: 0, v_leak_v: 0.5}]\n")
    cell = int(neuron_cell("v_leak")[0])
    config = load(tmp_path, f"include: [wished.yaml]\nregisters: {{CapMemCell: [{{at: {cell}, words: [7]}}]}}\n")
    assert config.field("CapMemCell", "value", cell) == 7


def test_words_go_the_way_of_their_register(tmp_path: Path) -> None:
    by_words = load(
        tmp_path, "registers: {AD5252ChannelConfig: [{at: 1, words: [5]}], DACControl: [{at: 0, words: [~, 3]}]}"
    )
    builder, expected = ProgramBuilder(), ProgramBuilder()
    by_words.write_to(builder)
    containers = load_registers().containers
    expected.write(containers["AD5252ChannelConfig"], 1, {"value": 5})
    way = route(containers["DACControl"], "write")
    expected.write_register(way.backend, containers["DACControl"].addresses(0, way.place)[1], 3)
    assert builder.to_bytes() == expected.to_bytes()
    assert 0 not in [address for address, _ in by_words.writes]


def test_physical_units(tmp_path: Path) -> None:
    text = """neurons:
  - {at: all, preset: spiking, membrane_capacitor_size: 40, tau_mem_us: "4 + neuron % 3"}
  - {at: 1, i_bias_leak: 7}
  - {at: 0..2, v_leak_v: [0.4, 0.45, 0.5], capacitance_pf: 2}
quadrant_cells:
  - {at: south_east, syn_i_bias_dac_na: 500, stp_v_charge_0_v: 0.3}
"""
    loaded = read(tmp_path, text)
    from hicannx.regmodel.transfer import neuron_quantities, preset

    cells = loaded.config.settings["CapMemCell"].values["value"]
    fields, _ = preset("spiking")
    sizes = loaded.config.settings["NeuronConfig"].values["membrane_capacitor_size"]
    own = {name: cells[neuron_cell(name)] for name in ("v_leak", "i_bias_leak", "v_threshold")}
    found = neuron_quantities({**fields, "membrane_capacitor_size": sizes}, own)
    assert sizes[:4].tolist() == [46, 46, 46, 40]
    assert found["capacitance_pf"][:3] == pytest.approx(2, abs=0.02)
    others = np.arange(512) != 1
    assert found["tau_mem_us"][others] == pytest.approx((4 + np.arange(512) % 3)[others], rel=0.02)
    assert cells[neuron_cell("i_bias_leak")[1]] == 7
    assert found["v_leak_v"][:3] == pytest.approx([0.4, 0.45, 0.5], abs=1e-3)
    assert found["v_threshold_cadc"] == pytest.approx(125, abs=0.5)
    assert cells[shared_cell("syn_i_bias_dac")].tolist() == [600, 600, 600, 500]
    assert cells[shared_cell("stp_v_charge_0")[3]] == 150
    solved = {one.quantity: one for one in loaded.quantities if one.quantity != "v_leak_v"}
    assert solved["tau_mem_us"].row.confidence == "medium" and 1 not in solved["tau_mem_us"].neurons
    assert not loaded.warnings


def test_switches_as_needed(tmp_path: Path) -> None:
    text = """neurons:
  - {at: all, membrane_capacitor_size: 63}
  - {at: 0, tau_mem_us: 0.5, switches: as_needed}
  - {at: 1, tau_mem_us: 20, switches: as_needed}
  - {at: 2, tau_mem_us: 400, switches: as_needed}
"""
    config = load(tmp_path, text)
    flags = ("enable_leak_multiplication", "enable_leak_division", "enable_leak_degeneration")
    values = config.settings["NeuronConfig"].values
    found = [[int(values[name][neuron]) if name in values else 0 for name in flags] for neuron in range(3)]
    assert found[0] == [1, 0, 0] and found[1] == [0, 0, 0] and sum(found[2]) == 1


def test_what_a_cell_does_not_reach(tmp_path: Path) -> None:
    text = """neurons:
  - {at: 0..3, membrane_capacitor_size: 63, tau_mem_us: 0.5}
  - {at: 0..3, v_threshold_v: 3}
quadrant_cells:
  - {at: all, stp_v_charge_0_v: 3}
"""
    (tmp_path / "chip.yaml").write_text(text)
    assert message(tmp_path, text.replace("quadrant_cells:\n  - {at: all, stp_v_charge_0_v: 3}\n", "")) == (
        """\
error[C124]: `v_threshold_v` cannot be 3 at neuron 0
 --> .../chip.yaml:3:31
  |
3 |   - {at: 0..3, v_threshold_v: 3}
  |                               ^ `v_threshold` reaches 0.01875 to 1.935
  = help: choose a value in this range

error[C124]: `tau_mem_us` cannot be 0.5 at neuron 0
 --> .../chip.yaml:2:57
  |
2 |   - {at: 0..3, membrane_capacitor_size: 63, tau_mem_us: 0.5}
  |                                                         ^^^ `i_bias_leak` reaches 1.649 to 242
  = help: with `enable_leak_multiplication: true` it reaches 0.2061 to 30.25; `switches: as_needed` sets that"""
    )
    assert message(tmp_path, text[text.index("quadrant") :]) == (
        """\
error[C124]: cell `stp_v_charge_0` cannot have this value
 --> .../chip.yaml:2:33
  |
2 |   - {at: all, stp_v_charge_0_v: 3}
  |                                 ^ it reaches 0.01875 to 1.935 V"""
    )


def test_warnings_of_quantities(tmp_path: Path) -> None:
    loaded = read(tmp_path, "neuron_cells:\n  - {at: 0, v_leak_v: 0.3, tau_mem_us: 15}\n")
    assert render_text(loaded.warnings).replace(str(tmp_path), "...") == (
        """\
warning[C125]: `tau_mem_us` depends on what is not configured for all of these neurons
 --> .../chip.yaml:2:40
  |
2 |   - {at: 0, v_leak_v: 0.3, tau_mem_us: 15}
  |                                        ^^
  = note: taken as by default: enable_leak_degeneration, enable_leak_division, enable_leak_multiplication, membrane_capacitor_size
  = help: configure these, too, since the chip may have other values

warning[C126]: `tau_mem_us` is 13.39 instead of 15 at neuron 0
 --> .../chip.yaml:2:40
  |
2 |   - {at: 0, v_leak_v: 0.3, tau_mem_us: 15}
  |                                        ^^ code 2 of `i_bias_leak` comes nearest"""
    )


titles = [
    ("groups: {top: 1}", "C121", "a group cannot have the name `top`"),
    ("groups: {a: b, b: [a]}\nregisters: {CADCConfig: [{at: a}]}", "C121", "the group `a` contains itself"),
    ("registers: {CADCConfig: [{at: 0..1 by 0}]}", "C104", "the range `0..1 by 0` has no step"),
    ("registers: {CADCConfig: [{at: all, except: all}]}", "C104", "nothing is left without what `except` takes away"),
    ("registers: {CADCConfig: [{at: {where: '1 / 0'}}]}", "C105", "`1 / 0` is not a number everywhere"),
    (
        "registers: {CrossbarNode: [{at: 0..2, mask: [1, 2]}]}",
        "C122",
        "field `mask` of CrossbarNode needs one value, or one for each of the 3 chosen instances, not 2",
    ),
    (
        "registers: {SynapseLabelQuad: [{at: 0..2, values: 1 2}]}",
        "C122",
        "field `values` of SynapseLabelQuad needs 4 values for each of the 3 chosen instances, not 2",
    ),
    ("registers: {CrossbarNode: [{at: 0..2, mask: 1 x 99999999}]}", "C122", "99999999 times a value is more than there can be"),
    ("registers: {CrossbarNode: [{at: 0, mask: {file: none.npy}}]}", "C123", "cannot take numbers from `none.npy`: no such file or directory"),
    ("registers: {CrossbarNode: [{at: 0, mask: {fil: none.npy}}]}", "C123", "a file is given as `file` alone"),
    ("neurons: [{at: 0, preset: spikin}]", "C127", "there is no preset `spikin`"),
    ("neurons: [{at: 0, preset: [a, b]}]", "C127", "there is no preset `[a, b]`"),
    ("neurons: [{at: 0, switches: maybe}]", "C127", "`switches` cannot be `maybe`"),
    (f"neurons: [{{at: 0, switches: {[1] * 64}}}]", "C127", f"`switches` cannot be `[1{', 1' * 19},...`"),
    (f"neurons: [{{at: all, v_leak_cadc: {[90] * 64}}}]", "C122", "64 values are given for 512 neurons"),
    ("registers: {NeuronConfig: [{at: {neuron_row: {a: 1}}}]}", "C104", "there is no instance `{a: 1}`"),
    ("registers: {NeuronConfig: [{at: {where: [1]}}]}", "C105", "`[1]` does not belong to the expression language"),
    ("include: [{a: 1}]", "C201", "there is no chip configuration named `{a: 1}`"),
    (f"values: {[1] * 64}", "H204", "expected a mapping, found a list"),
    ("neurons: [{at: 0, tau_mem_us: true}]", "C127", "a quantity is a number"),
    ("neurons: [{at: 0, tau_mem_us: .inf}]", "C127", "a quantity is a finite number"),
    ("neurons: [{at: 0..2, tau_mem_us: [1, 2]}]", "C122", "2 values are given for 3 neurons"),
    ("neurons: [{at: 0, tau_men_us: 3}]", "C107", "there is no neuron parameter `tau_men_us`"),
    ("neuron_cells: [{at: 0, enable_fire: true}]", "C107", "there is no neuron parameter `enable_fire`"),
    ("quadrant_cells: [{at: all, v_leak: 3}]", "C107", "there is no quadrant parameter `v_leak`"),
    ("synapses: [{at: all, weight: 3}]", "C102", "synapses have no field `weight`"),
    ("synapses: [{at: all, weights: 64}]", "C103", "value 64 does not fit in field `weights` of synapses"),
    ("synapses: [{at: {row: 3}}]", "C104", "these registers have no coordinate `row`"),
    ("values: {a: [1]}", "C128", "the value `a` is neither a number nor an expression"),
    ("values: {a: b + 1}", "C105", "the name `b` is not known in this expression"),
    ("defaults: {CrossbarNode: 5}", "C128", "the defaults of CrossbarNode are a mapping of fields to values"),
    ("defaults: {CrossbarNode: {maks: 5}}", "C102", "CrossbarNode has no field `maks`"),
    ("defaults: {CrosbarNode: {mask: 5}}", "C101", "there is no register `CrosbarNode`"),
    ("registers: {CADCConfig: [{at: 0, words: [1, 2]}]}", "C129", "`words` takes 1 word of 32 bits, `~` for one that is not written"),
    ("addresses: {x: 1}", "C129", "`addresses` maps Omnibus addresses to words, 0 to 0xffffffff both"),
    ("addresses: {1: 0x100000000}", "C129", "`addresses` maps Omnibus addresses to words, 0 to 0xffffffff both"),
    (
        "registers: {ExternalPPUDRAMMemoryQuad: [{at: 0}]}",
        "C101",
        "ExternalPPUDRAMMemoryQuad has too many instances to be configured",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "title"), titles, ids=[text for text, _, _ in titles])
def test_mistakes(tmp_path: Path, text: str, code: str, title: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        load(tmp_path, text + "\n")
    (one,) = caught.value.diagnostics
    assert (one.code, one.title) == (code, title)
    assert one.span is not None


def test_a_word_in_rows_of_numbers_is_shown(tmp_path: Path) -> None:
    text = "synapses:\n  - at: {synram: top, synapse_row: 0..1}\n    weights: |\n      1 2 3\n      4 five 6\n"
    assert message(tmp_path, text) == (
        """\
error[C122]: `five` is not a number
 --> .../chip.yaml:5:9
  |
5 |       4 five 6
  |         ^^^^
  = help: rows hold integers"""
    )


def test_files_that_hold_no_integers(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", np.ones(3))
    (tmp_path / "w.csv").write_text("1,2,x\n")
    (tmp_path / "cut.npy").write_bytes((tmp_path / "w.npy").read_bytes()[:90])
    for name, reason in (
        ("w.npy", "it holds float64 and not integers"),
        ("w.csv", "invalid literal for int() with base 10: 'x'"),
        ("cut.npy", ""),
    ):
        with pytest.raises(DiagnosticError) as caught:
            load(tmp_path, f"registers: {{CrossbarNode: [{{at: 0..2, mask: {{file: {name}}}}}]}}\n")
        assert caught.value.diagnostics[0].title.startswith(f"cannot take numbers from `{name}`: {reason}")


def test_long_lists_of_numbers_and_texts_that_look_like_them(tmp_path: Path) -> None:
    numbers = list(range(76))
    text = f"registers:\n  CrossbarNode:\n    - {{at: all, mask: {numbers}, target: {numbers[::-1]}}}\n# {numbers}\n"
    config = load(tmp_path, text)
    assert config.settings["CrossbarNode"].values["mask"].tolist() == numbers
    assert config.settings["CrossbarNode"].values["target"].tolist() == numbers[::-1]
    too_much = text.replace("75]", "99999]", 1)
    with pytest.raises(DiagnosticError) as caught:
        load(tmp_path, too_much)
    assert caught.value.diagnostics[0].title == "value 99999 does not fit in field `mask` of CrossbarNode"


def test_the_shipped_configurations_have_no_warnings() -> None:
    for name in ("one_to_one", "picture", "picture_lif"):
        assert not read_config(name, {}).warnings
        assert load_config(name).writes
