"""The JSON schema: valid itself, takes all shipped configurations and dumps, and rejects what the loader rejects."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hicannx.configs.dump import config_text
from hicannx.configs.schema import config_schema
from hicannx.configs.shipped import find_shipped, shipped_names
from hicannx.regmodel.load import load_registers
from hicannx.source import SourceFile
from hicannx.yamlsource import load_yaml, parse_yaml
from properties.configuration import random_config

jsonschema = pytest.importorskip("jsonschema")
docs = Path(__file__).resolve().parent.parent.parent / "docs" / "configurations.md"


@cache
def validator() -> Any:
    kind = jsonschema.Draft202012Validator
    kind.check_schema(config_schema())
    return kind(config_schema())


def problems(text: str) -> list[str]:
    found = validator().iter_errors(parse_yaml(SourceFile("chip.yaml", text)).plain())
    return ["/".join(map(str, one.absolute_path)) or "whole" for one in found]


@pytest.mark.parametrize("name", shipped_names("chips"))
def test_shipped_configurations_are_valid(name: str) -> None:
    assert not list(validator().iter_errors(load_yaml(find_shipped("chips", name)).plain()))


def test_examples_of_the_page_are_valid() -> None:
    blocks = [block.partition("```")[0] for block in docs.read_text().split("```yaml\n")[1:]]
    assert len(blocks) >= 4
    for block in blocks:
        assert problems(block) == []


def test_dumps_of_the_whole_map_are_valid() -> None:
    names = [one.name for one in load_registers().containers.values() if "w" in one.access]
    names = [name for name in names if not load_registers().containers[name].numbering.is_large]
    for seed in range(3):
        assert problems(config_text(random_config(np.random.default_rng(seed), names, 20))) == []


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("register: {}", "whole"),
        ("registers: {CrosbarNode: [{at: all}]}", "registers"),
        ("registers: {PPUStatusRegister: [{at: all}]}", "registers"),
        ("registers: {CrossbarNode: {at: all}}", "registers/CrossbarNode"),
        ("registers: {CrossbarNode: [{mask: 1}]}", "registers/CrossbarNode/0"),
        ("registers: {CrossbarNode: [{at: all, maks: 1}]}", "registers/CrossbarNode/0"),
        ("registers: {CrossbarNode: [{at: all, mask: 16384}]}", "registers/CrossbarNode/0/mask"),
        ("registers: {CrossbarNode: [{at: all, mask: -1}]}", "registers/CrossbarNode/0/mask"),
        ("registers: {CrossbarNode: [{at: all, mask: 1.5}]}", "registers/CrossbarNode/0/mask"),
        ("registers: {CrossbarNode: [{at: 76}]}", "registers/CrossbarNode/0/at"),
        ("registers: {CrossbarNode: [{at: {crossbar_inptu: 1}}]}", "registers/CrossbarNode/0/at"),
        ("registers: {CrossbarNode: [{at: '1 .. . 2'}]}", "registers/CrossbarNode/0/at"),
        ("registers: {NeuronConfig: [{at: all, readout_source: membran}]}", "registers/NeuronConfig/0/readout_source"),
        ("registers: {NeuronConfig: [{at: all, enable_fire: 2}]}", "registers/NeuronConfig/0/enable_fire"),
        ("registers: {CrossbarNode: [{at: all, mask: {fil: x}}]}", "registers/CrossbarNode/0/mask"),
        ("neurons: [{at: all, preset: spikin}]", "neurons/0/preset"),
        ("neurons: [{at: all, tau_men_us: 1}]", "neurons/0"),
        ("neurons: [{at: all, tau_mem_us: true}]", "neurons/0/tau_mem_us"),
        ("neuron_cells: [{at: all, v_leak: 1024}]", "neuron_cells/0/v_leak"),
        ("quadrant_cells: [{at: north, syn_i_bias_dac: 1024}]", "quadrant_cells/0/syn_i_bias_dac"),
        ("synapses: [{at: all, weights: 64}]", "synapses/0/weights"),
        ("addresses: {1: 4294967296}", "addresses/1"),
        ("include: picture", "include"),
        ("values: {a: [1]}", "values/a"),
    ],
)
def test_wrong_files_are_rejected(text: str, where: str) -> None:
    assert where in problems(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "registers: {CrossbarNode: [{at: few, mask: 'e % 64', target: [1, 2 x 75]}]}",
        "registers: {NeuronConfig: [{at: {neuron: 0..4 by 2}, readout_source: [membrane, exc_synin x 2]}]}",
        "registers: {NeuronConfig: [{at: all, enable_fire: 'e % 2', readout_source: 'e % 4'}]}",
        "registers: {NeuronConfig: [{at: 0, words: [1, ~, 3, 4, 5, 6]}]}",
        "synapses: [{at: top, weights: {file: w.npy}, labels: [[1, 2], [3, 4]]}]",
        "neurons: [{at: all, tau_mem_us: 'neuron / 2', switches: as_needed, address_out: neuron_column}]",
    ],
)
def test_other_forms_are_valid(text: str) -> None:
    assert problems(text) == []
