"""Chip configurations: what the shipped ones mean, the forms of entries, and every mistake with its exact message."""

from __future__ import annotations

from pathlib import Path

import pytest

from hicannx.configs.chip import ChipConfig, load_config
from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.codec import decode
from hicannx.regmodel.load import load_registers
from hicannx.render import render_text


def load(tmp_path: Path, text: str, **names: int) -> ChipConfig:
    path = tmp_path / "chip.yaml"
    path.write_text(text)
    return load_config(path, **names)


def message(tmp_path: Path, text: str) -> str:
    with pytest.raises(DiagnosticError) as caught:
        load(tmp_path, text)
    return render_text(caught.value.diagnostics).replace(str(tmp_path), "...")


def test_sources_and_processors_begin_when_all_else_is_configured(tmp_path: Path) -> None:
    text = """registers:
  PPUControlRegister:
    - {at: 0, inhibit_reset: true}
  BackgroundSpikeSource:
    - {at: 0, enable: true}
  CrossbarNode:
    - {at: all, mask: 0, target: 1}
"""
    order = [one.container.name for one in load(tmp_path, text).ordered()]
    assert order == ["CrossbarNode", "BackgroundSpikeSource", "PPUControlRegister"]


def test_every_node_of_the_pictures_is_written_and_only_the_way_is_open() -> None:
    for name, source in (("picture", (8, 0)), ("picture_lif", (12, 0))):
        config = load_config(name)
        setting = config.settings["CrossbarNode"]
        assert setting.chosen.all() and setting.chosen.size == 76
        views = setting.container.numbering.views()
        nodes = zip(views["crossbar_input"], views["crossbar_output"], setting.values["mask"], setting.values["target"])
        is_open = {(int(i), int(o)) for i, o, mask, target in nodes if (mask, target) != (0, 1)}
        assert is_open == {source, (0, 8), (1, 9)}
        assert all(config.field("CrossbarNode", "mask", e) == 0 for e in range(76))


def test_labels_columns_and_addresses_are_one_to_one() -> None:
    config = load_config("picture")
    labels = {}
    for e, values in enumerate(config.settings["SynapseLabelQuad"].values["values"]):
        if config.settings["SynapseLabelQuad"].chosen[e]:
            labels |= {8 * (e % 32) + 2 * entry + e // 32: int(label) for entry, label in enumerate(values)}
    assert labels == {column: column for column in range(64)}
    backends = load_registers().coordinates["neuron_backend"].views()["neuron"]
    out = config.settings["NeuronBackendConfig"].values["address_out"]
    assert {int(backends[e]): int(out[e]) for e in range(512) if backends[e] < 64} == {i: i for i in range(64)}
    assert all(config.field("NeuronBackendConfig", "refractory_time", e) >= 30 for e in range(64))


def test_words_mean_the_values() -> None:
    config = load_config("picture")
    setting = config.settings["NeuronBackendConfig"]
    words = setting.words()
    assert words.shape == (4 * 64, 2)
    container = setting.container
    for place, e in enumerate([e for e in range(512) if setting.chosen[e]]):
        rows = words[4 * place : 4 * place + 4]
        assert rows[:, 0].tolist() == container.addresses(e)
        assert decode(container, rows[:, 1].tolist(), e)["address_out"] == config.field(
            container.name, "address_out", e
        )
    assert len(config.writes) == sum(len(one.words()) for one in config.settings.values())


def test_neuron_parameters_reach_their_cells() -> None:
    from hicannx.regmodel.transfer import neuron_quantities

    config = load_config("picture_lif", seed=77)
    assert config.field("BackgroundSpikeSource", "seed", 0) == 77
    cells = config.settings["CapMemCell"]
    addresses = {int(address): int(word) for address, word in cells.words()}
    base, column, row = 0x140000, 5, {"v_leak": 0, "v_threshold": 2}
    assert addresses[base + 32 * column + row["v_leak"]] == 572
    assert addresses[base + 32 * column + row["v_threshold"]] == 322
    assert addresses[base + 32 * 128 + 8] == 600  # synapse bias of the first quadrant
    codes = {"v_leak": 572, "v_reset": 566, "v_threshold": 322, "i_bias_leak": 83, "i_bias_synin_exc_tau": 125}
    fields = {"membrane_capacitor_size": 63, "enable_synaptic_input_excitatory_high_resistance": 1}
    quantities = neuron_quantities(fields, codes)
    wanted = {"v_leak_cadc": 80, "v_reset_cadc": 70, "v_threshold_cadc": 125, "tau_mem_us": 10, "tau_syn_exc_us": 10}
    for name, value in wanted.items():
        assert float(quantities[name]) == pytest.approx(value, rel=0.02), name


def test_later_entries_replace_single_fields(tmp_path: Path) -> None:
    text = """
registers:
  CrossbarNode:
    - {at: all, mask: 3, target: 1}
    - {at: [0..2, 5], target: e}
"""
    config = load(tmp_path, text)
    assert [config.field("CrossbarNode", "target", e) for e in range(7)] == [0, 1, 2, 1, 1, 5, 1]
    assert config.field("CrossbarNode", "mask", 5) == 3


def test_arrays_names_and_expressions(tmp_path: Path) -> None:
    text = """
registers:
  CommonPADIBusConfig:
    - {at: bottom, enable_spl1: [true, false, true, false], dacen_pulse_extension: "2 * k + a"}
  SynapseDriverConfig:
    - {at: {hemisphere: bottom, padi_bus: 1}, row_mode_top: inhibitory}
"""
    config = load(tmp_path, text, a=1)
    assert config.field("CommonPADIBusConfig", "enable_spl1", 1) == [1, 0, 1, 0]
    assert config.field("CommonPADIBusConfig", "dacen_pulse_extension", 1) == [1, 3, 5, 7]
    drivers = config.settings["SynapseDriverConfig"]
    assert [e for e in range(256) if drivers.chosen[e]] == list(range(129, 256, 4))


def test_unknown_names(tmp_path: Path) -> None:
    text = """registers:
  CrosbarNode:
    - {at: all, mask: 0}
  CrossbarNode:
    - {at: all, maks: 0}
  PPUStatusRegister:
    - {at: all, sleep: 1}
"""
    assert (
        message(tmp_path, text)
        == """\
error[C101]: there is no register `CrosbarNode`
 --> .../chip.yaml:3:7
  |
3 |     - {at: all, mask: 0}
  |       ^^^^^^^^^^^^^^^^^^
  = help: did you mean `CrossbarNode`?

error[C102]: CrossbarNode has no field `maks`
 --> .../chip.yaml:5:17
  |
5 |     - {at: all, maks: 0}
  |                 ^^^^
  = help: did you mean `mask`?

error[C101]: register `PPUStatusRegister` cannot be written
 --> .../chip.yaml:7:7
  |
7 |     - {at: all, sleep: 1}
  |       ^^^^^^^^^^^^^^^^^^^
  = help: did you mean `PPUControlRegister`?"""
    )


def test_values_out_of_range(tmp_path: Path) -> None:
    text = """registers:
  NeuronBackendConfig:
    - {at: 0, refractory_time: 256}
    - {at: 0..300, address_out: e}
  NeuronConfig:
    - {at: 0, enable_fire: maybe, readout_source: membran, membrane_capacitor_size: 1.5}
"""
    assert (
        message(tmp_path, text)
        == """\
error[C103]: value 256 does not fit in field `refractory_time` of NeuronBackendConfig
 --> .../chip.yaml:3:32
  |
3 |     - {at: 0, refractory_time: 256}
  |                                ^^^ allowed: 0 to 255

error[C103]: value 256 does not fit in field `address_out` of NeuronBackendConfig
 --> .../chip.yaml:4:33
  |
4 |     - {at: 0..300, address_out: e}
  |                                 ^ allowed: 0 to 255

error[C103]: field `enable_fire` of NeuronConfig has no value `maybe`
 --> .../chip.yaml:6:28
  |
6 |     - {at: 0, enable_fire: maybe, readout_source: membran, membrane_capacitor_size: 1.5}
  |                            ^^^^^ allowed: true or false

error[C103]: field `readout_source` of NeuronConfig has no value `membran`
 --> .../chip.yaml:6:51
  |
6 |     - {at: 0, enable_fire: maybe, readout_source: membran, membrane_capacitor_size: 1.5}
  |                                                   ^^^^^^^ allowed: membrane, exc_synin, inh_synin, adaptation
  = help: did you mean `membrane`?

error[C103]: field `membrane_capacitor_size` of NeuronConfig cannot have this value
 --> .../chip.yaml:6:85
  |
6 |     - {at: 0, enable_fire: maybe, readout_source: membran, membrane_capacitor_size: 1.5}
  |                                                                                     ^^^ allowed: 0 to 63"""
    )


def test_instances_that_do_not_exist(tmp_path: Path) -> None:
    text = """registers:
  CrossbarNode:
    - {at: 76, mask: 0}
    - {at: 5..2, mask: 0}
    - {at: {crossbar_input: 0, crossbar_output: 1}, mask: 0}
    - {at: {crosbar_input: 0}, mask: 0}
    - {mask: 0}
    - {at: [], mask: 0}
    - {at: nobody, mask: 0}
    - {at: [nobody, 3], except: nobody, mask: 0}
groups: {nobody: []}
"""
    titles = [line for line in message(tmp_path, text).splitlines() if line.startswith("error")]
    assert titles == [
        "error[C104]: there is no instance 76",
        "error[C104]: the range `5..2` runs backwards",
        "error[C104]: no register has this combination of coordinates",
        "error[C104]: these registers have no coordinate `crosbar_input`",
        "error[C104]: an entry needs `at`, which says which instances it means",
        "error[C104]: nothing is chosen here",
        "error[C104]: nothing is chosen here",
    ]


def test_an_empty_list_chooses_nothing(tmp_path: Path) -> None:
    assert (
        message(tmp_path, "registers:\n  CrossbarNode:\n    - {at: [], mask: 0}\n")
        == """\
error[C104]: nothing is chosen here
 --> .../chip.yaml:3:12
  |
3 |     - {at: [], mask: 0}
  |            ^^
  = help: name at least one, or leave out the entry"""
    )


def test_unknown_key_and_malformed_yaml(tmp_path: Path) -> None:
    assert (
        message(tmp_path, "register:\n  CrossbarNode: []\n")
        == """\
error[H203]: unknown key `register`
 --> .../chip.yaml:1:1
  |
1 | register:
  | ^^^^^^^^
  = help: did you mean `registers`?"""
    )
    assert (
        message(tmp_path, "registers: {CrossbarNode: [\n").splitlines()[0].startswith("error[H201]: malformed YAML: ")
    )


def test_parameters_and_expressions_that_are_wrong(tmp_path: Path) -> None:
    text = """neuron_cells:
  - {at: 0, v_leek: 1, v_leak: 1024}
quadrant_cells:
  - {at: north_west, syn_i_bias_dac: "600 / 7"}
"""
    titles = [line for line in message(tmp_path, text).splitlines() if line.startswith("error")]
    assert titles == [
        "error[C107]: there is no neuron parameter `v_leek`",
        "error[C103]: value 1024 does not fit in field `value` of cell `v_leak`",
        "error[C105]: `600 / 7` is not an integer everywhere",
    ]


def test_a_file_that_includes_itself(tmp_path: Path) -> None:
    assert message(tmp_path, "include: [chip.yaml]\n").splitlines()[0] == "error[C106]: `chip.yaml` includes itself"
