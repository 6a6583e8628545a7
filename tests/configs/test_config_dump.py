"""Dumps: a random configuration, dumped and loaded, is itself; what comes from words means these words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hicannx.configs.chip import load_config
from hicannx.configs.dump import config_text
from hicannx.configs.setting import ChipConfig, Setting, is_on_omnibus
from hicannx.configs.shipped import shipped_names
from hicannx.configs.stream import config_of_words, written_config
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.words import decode_program
from properties.configuration import random_config, random_setting, random_values, same

containers = [one for one in load_registers().containers.values() if not one.numbering.is_large]
writable = [one.name for one in containers if "w" in one.access]
omnibus = [one.name for one in containers if "w" in one.access and is_on_omnibus(one) and not one.alias_of]
by_words = [name for name in omnibus if load_registers().containers[name].byte_enables is None]


def reloaded(config: ChipConfig, folder: Path) -> ChipConfig:
    (folder / "dump.yaml").write_text(config_text(config))
    return load_config(folder / "dump.yaml")


def stream(config: ChipConfig) -> bytes:
    builder = ProgramBuilder()
    config.write_to(builder)
    builder.halt()
    return builder.to_bytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dumps")


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.sets(st.sampled_from(writable), min_size=1, max_size=6))
def test_a_random_configuration_dumped_and_loaded_is_itself(folder: Path, seed: int, names: set[str]) -> None:
    config = random_config(np.random.default_rng(seed), sorted(names))
    assert same(config, reloaded(config, folder))


@pytest.mark.parametrize("name", writable)
def test_all_instances_of_a_register(folder: Path, name: str) -> None:
    container = load_registers().containers[name]
    draw = np.random.default_rng(len(name))
    config = ChipConfig({name: random_setting(draw, container, 1 << 20)})
    setting = Setting.empty(container)
    instances = np.arange(container.instances)
    setting.choose(instances)
    for field in container.fields:
        setting.put(field.name, instances, random_values(draw, field, container.instances))
    assert same(config, reloaded(config, folder))
    full = ChipConfig({name: setting})
    assert same(full, reloaded(full, folder))


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.sets(st.sampled_from(by_words), min_size=1, max_size=5))
def test_writes_of_a_stream_mean_the_configuration(folder: Path, seed: int, names: set[str]) -> None:
    config = random_config(np.random.default_rng(seed), sorted(names))
    found = written_config(decode_program(stream(config)))
    assert dict(found.writes) == dict(config.writes)
    assert dict(reloaded(found, folder).writes) == dict(config.writes)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 1 << 18), st.integers(0, 2**32 - 1)), max_size=80))
def test_any_words_come_back(folder: Path, pairs: list[tuple[int, int]]) -> None:
    addresses = np.concatenate([one.all_addresses().ravel() for one in containers])
    places = {int(addresses[place * 7 % len(addresses)]): word for place, word in pairs} | {0x7000000: 5}
    config = config_of_words(np.array(list(places), dtype=np.int64), np.array(list(places.values()), dtype=np.int64))
    assert dict(config.writes) == places
    assert dict(reloaded(config, folder).writes) == places


@pytest.mark.parametrize("name", shipped_names("chips"))
def test_shipped_configurations(folder: Path, name: str) -> None:
    config = load_config(name)
    assert same(config, reloaded(config, folder))
    assert dict(written_config(decode_program(stream(config))).writes) == dict(config.writes)


def test_the_last_write_counts_and_bytes_are_merged() -> None:
    builder = ProgramBuilder()
    memory = load_registers().containers["ExternalPPUMemoryQuad"]
    builder.write(memory, 3, {"quad": [1, 2, 3, 4]})
    builder.write(memory, 3, {"quad": [9, 9, 9, 9], "enables": [True, False, False, True]})
    builder.write(load_registers().containers["CrossbarNode"], 0, {"mask": 5})
    builder.write(load_registers().containers["CrossbarNode"], 0, {"mask": 7, "target": 7})
    builder.halt()
    config = written_config(decode_program(builder.to_bytes()))
    assert config.field("CrossbarNode", "mask", 0) == 7
    assert config.field("ExternalPPUMemoryQuad", "quad", 3) == [9, 2, 3, 9]


def test_some_bytes_of_external_memory_are_written(tmp_path: Path) -> None:
    text = (
        "registers:\n  ExternalPPUMemoryQuad:\n    - {at: 3, quad: [1, 2, 3, 4], enables: [true, false, false, true]}\n"
    )
    (tmp_path / "chip.yaml").write_text(text)
    program = decode_program(stream(load_config(tmp_path / "chip.yaml")))
    assert program.fields(0)["byte_enables"] == 0b1001
    config = ChipConfig(load_config(tmp_path / "chip.yaml").settings)
    assert same(config, reloaded(config, tmp_path))


def test_dumps_are_compact(folder: Path) -> None:
    text = config_text(load_config("picture_lif"))
    assert "    - at: {neuron: 0..63}\n      enable_reset_multiplication: true\n" in text
    assert '    - {at: {neuron: 0..63}, address_out: "backend_column", refractory_time: 250' in text
    assert "    - {at: {synram: top, synapse_row: 0}}\n" in text
    assert len(text.splitlines()) < 80


def test_processors_are_released_last(tmp_path: Path) -> None:
    text = """registers:
  PPUControlRegister: [{at: top, inhibit_reset: true}]
  PPUMemoryWord: [{at: 0, value: 7}]
"""
    (tmp_path / "chip.yaml").write_text(text)
    control = load_registers().containers["PPUControlRegister"].addresses(0)[0]
    assert load_config(tmp_path / "chip.yaml").writes[-1] == (control, 1)
