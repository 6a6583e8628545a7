"""Damaged configurations: a diagnostic or a configuration, never a traceback."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hicannx.configs.chip import load_config
from hicannx.diagnostic import DiagnosticError
from hicannx.render import render_text

page = (Path(__file__).resolve().parent.parent.parent / "docs" / "configurations.md").read_text()
examples = [block.partition("```")[0] for block in page.split("```yaml\n")[1:]]
pieces = [
    "all", "0..3", "3..0", "-1", "1e400", "nan", ".nan", "[]", "{}", "~", "true", "[1, [2]]", "{file: .}", "{file: x.npy}",
    "'1 x 5'", "0x10", "99999999999999999999", "'2 ** 9999'", "'9999 ** 9999'", "'1 // 0'", "'e // 0'", "'e % 0'", "\"\"", "k", "e",
    "|\n      1 2\n", "'a.b'", "'lambda: 1'", "{where: 1}", "{where: 'min(e)'}", "&a [*a]", "'1' : 2", "{at: all}", "top",
    "[top, bottom, all]", "0..511 by 2", "0 .. 3", "- 1", "'[1, 2]'", "words", "inputs", "9" * 5000, "'1 99999999999999999999'", "'1 0x99999999999999999999'", "\"a\\0b\"", "1 // (e - e)", "'0o9 1'", "'012 0x1'", "'012 x 3'", "['012 x 3']", "'" + "9" * 5000 + " 1'", "'" + "(" * 300 + "'",
]  # fmt: skip


def damaged(draw: random.Random) -> str:
    text = draw.choice(examples)
    for _ in range(draw.randrange(1, 4)):
        words = text.split(" ")
        place = draw.randrange(len(words))
        if draw.randrange(3):
            words[place] = draw.choice(pieces) + draw.choice(["", "", ",", "}", "\n"])
        else:
            words.insert(place, draw.choice(words))
        text = " ".join(words)
    return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged")


@settings(max_examples=300)
@given(st.integers(0, 2**32))
def test_damaged_configurations(folder: Path, seed: int) -> None:
    (folder / "chip.yaml").write_text(damaged(random.Random(seed)))
    with contextlib.suppress(DiagnosticError):
        load_config(folder / "chip.yaml")


@pytest.mark.parametrize("piece", pieces)
def test_every_piece_in_every_place(folder: Path, piece: str) -> None:
    for place in (
        "registers: {{CrossbarNode: [{{at: {}, mask: 1}}]}}",
        "registers: {{CrossbarNode: [{{at: 0..3, mask: {}}}]}}",
        "registers: {{SynapseLabelQuad: [{{at: 0..3, values: {}}}]}}",
        "registers: {{NeuronConfig: [{{at: 0, words: {}}}]}}",
        "registers: {{NeuronConfig: [{}]}}",
        "registers: {}",
        "neurons: [{{at: 0..3, tau_mem_us: {}}}]",
        "neurons: [{{at: 0..3, switches: {}}}]",
        "neurons: [{}]",
        "quadrant_cells: [{{at: all, syn_i_bias_dac_na: {}}}]",
        "synapses: [{{at: {{synram: top, synapse_row: {}}}, weights: 1}}]",
        "synapses: [{{at: top, weights: {}}}]",
        "values: {{a: {}}}",
        "groups: {{a: {}}}\nregisters: {{CrossbarNode: [{{at: a}}]}}",
        "defaults: {{CrossbarNode: {}}}",
        "addresses: {{1: {}}}",
        "include: [{}]",
    ):
        (folder / "chip.yaml").write_text(place.format(piece) + "\n")
        try:
            load_config(folder / "chip.yaml")
        except DiagnosticError as error:
            assert "error[" in render_text(error.diagnostics)
