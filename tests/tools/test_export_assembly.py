"""`hicannx export assembly`: symbols that are the addresses of the maps, and the file that the kernels include."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from hicannx.asm.assemble import assemble
from hicannx.regmodel.load import load_registers
from hicannx.source import SourceFile
from hicannx.tools.cli import main
from hicannx.tools.export.assembly import _seen_place, registers_assembly
from hicannx.tools.export.choice import chosen
from hicannx.tools.export.ctext import macro_name
from hicannx.tools.export.table import window_of

_text, _left_out = registers_assembly(chosen())
_set = re.compile(r"^    \.set (\w+), (-?\w+)$", re.MULTILINE)


def test_the_shipped_file_is_what_its_command_makes(capsys: pytest.CaptureFixture[str]) -> None:
    shipped = (files("hicannx.configs") / "kernels" / "library" / "addresses.s").read_text()
    (command,) = re.findall(r"^#     hicannx (export assembly.*)$", shipped, re.MULTILINE)
    assert main(command.split()) == 0
    assert capsys.readouterr().out == shipped


def test_no_kernel_has_an_address_of_its_own() -> None:
    for path in sorted(Path(str(files("hicannx.configs") / "kernels")).rglob("*.s")):
        numbers = {int(one, 0) for one in re.findall(r"\b0x[0-9a-f]+", re.sub("#.*", "", path.read_text()))}
        bases = {int(value, 0) for name, value in _set.findall(_text) if name.startswith("pbus_")} - {0}
        assert path.name == "addresses.s" or not numbers & bases, path
        assert path.name == "addresses.s" or not any(0x80000000 < one < 0x90000000 for one in numbers), path


def test_every_address_is_a_sum_of_symbols() -> None:
    symbols = {name: int(value, 0) for name, value in _set.findall(_text)}
    assert len(symbols) == len(_set.findall(_text))
    quads = load_registers().containers["NeuronResetQuad"]
    names = [f"neuron_reset_quad_{part.name}" for part in quads.numbering.parts]
    place = np.indices([symbols[f"{name}_count"] for name in names]).reshape(len(names), -1)
    found = symbols["neuron_reset_quad"] + place.T @ [symbols[f"{name}_distance"] for name in names]
    window = window_of(int(quads.all_addresses()[0, 0]))
    assert window
    assert found.tolist() == [window.byte(int(one)) for one in quads.all_addresses()[:, 0]]
    assert symbols["spike_counter_read_overflow_mask"] == 0x100
    assert symbols["neuron_backend_config_word1"] == symbols["neuron_backend_config"] + 4
    assert "phy_config_chip" not in symbols and "ExternalPPUMemoryByte" in _left_out


def _levels(symbols: dict[str, int], name: str) -> list[tuple[int, int]]:
    counts = [one for one in symbols if re.fullmatch(rf"{name}(?!_word\d)_\w+_count", one)]
    return [(symbols[one], symbols[one.removesuffix("count") + "distance"]) for one in counts]


def test_every_word_of_a_register_has_its_own_distances_where_it_needs_them() -> None:
    symbols = {name: int(value, 0) for name, value in _set.findall(_text)}
    for container in chosen():
        name = macro_name(container.name).lower()
        place = _seen_place(container)
        if container.words == 1 or place is None:
            continue
        for word, addresses in enumerate(container.all_addresses(place).T.tolist()):
            own = f"{name}_word{word}" if word else name
            levels = _levels(symbols, own) or _levels(symbols, name)
            found = np.array([symbols[own]])
            for count, distance in levels:
                found = (found[:, None] + distance * np.arange(count)).ravel()
            windows = [window_of(one) for one in addresses]
            assert found.tolist() == [one and one.byte(at) for one, at in zip(windows, addresses, strict=True)], own
    assert symbols["phy_status_link_distance"] == 4 and symbols["phy_status_word3_link_distance"] == 8


def test_all_registers_assemble_twice_in_one_program() -> None:
    assembly = assemble(SourceFile("all.s", f"{_text}{_text}    .long spike_counter_read\n"))
    assert assembly.image() == bytes.fromhex("8048a000")


def test_what_is_left_out_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.s"
    assert main(["export", "assembly", "-o", str(path), "--only", "PhyConfigChip", "--only", "CrossbarNode"]) == 0
    assert capsys.readouterr().out == (
        f"{path}: 1 registers\nnot among what the processors see: 1 registers (--json lists them)\n"
    )
