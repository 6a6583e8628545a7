"""The picture experiments on the emulated chip, and changes that a fake would not follow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hicannx.configs.experiment import load_experiment, picture_weights
from hicannx.configs.shipped import find_shipped
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.words import decode_program
from hicannx.tools.cli import main
from hicannx.tools.raster import correlation

Arrays = dict[str, Any]


def run(folder: Path, *words: str) -> Arrays:
    """The arrays of `result.npz` of one run."""
    assert main([*words, "--out", str(folder), "--json"]) == 0
    with np.load(folder / "result.npz") as file:
        return dict(file)


def save_picture(path: Path, grey: np.ndarray) -> str:
    from PIL import Image

    Image.fromarray(grey.astype(np.uint8)).save(path)
    return str(path)


def shipped_picture() -> np.ndarray:
    from hicannx.configs.picture import load_picture

    return load_picture(find_shipped("pictures", "fly_in_honey_pot"), 64, 64)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("experiments")


@pytest.fixture(scope="module")
def default(folder: Path) -> Arrays:
    return run(folder / "default", "run", "picture")


def test_the_raster_is_the_picture(default: Arrays, folder: Path) -> None:
    sent, counts = default["weights_sent"], default["spike_counts"]
    image = load_experiment("picture").image
    assert image is not None and np.array_equal(sent, picture_weights(image))
    assert correlation(sent, counts) > 0.93
    assert counts[sent == 0].max() == 0 or counts[sent == 0].mean() < 0.01 * counts[sent > 0].mean()
    assert 15 < counts[sent > 0].mean() < 21
    from PIL import Image

    with Image.open(folder / "default" / "raster.png") as raster:
        assert raster.format == "PNG" and min(raster.size) > 300


def test_weights_are_read_back_from_the_chip(default: Arrays) -> None:
    weights = default["weights"]
    assert weights.shape == (65, 64)
    assert default["weight_column"].tolist() == list(range(64))
    assert np.array_equal(weights[:64].T, default["weights_sent"])
    assert np.array_equal(weights[64], default["weights_sent"][:, 63])


def test_the_summary(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "picture", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["correlation"] > 0.93
    assert 64_000 < summary["chip_time_us"] < 66_000
    assert summary["ppu_cycles"] > 64 * 250_000 > summary["ppu_instructions"] > 1000
    assert summary["spikes"] > 10_000 and summary["wall_s"] > 0
    assert main(["run", "picture", "--color", "never"]) == 0
    text = capsys.readouterr().out
    assert "█" in text and "\x1b" not in text
    assert [line.split()[0] for line in text.splitlines()[-5:]] == ["chip", "wall", "spikes", "PPU", "correlation"]


def test_no_weights_no_spikes(folder: Path) -> None:
    black = save_picture(folder / "black.png", np.zeros((64, 64)))
    result = run(folder / "black", "run", "picture", "--image", black)
    assert len(result["spike_times_us"]) == 0
    assert not result["weights"].any()


def test_the_transposed_picture_gives_the_transposed_raster(folder: Path, default: Arrays) -> None:
    transposed = save_picture(folder / "transposed.png", shipped_picture().T)
    result = run(folder / "transposed", "run", "picture", "--image", transposed)
    assert np.array_equal(result["weights_sent"], default["weights_sent"].T)
    assert correlation(default["weights_sent"].T, result["spike_counts"]) > 0.93
    assert correlation(default["weights_sent"], result["spike_counts"]) < 0.7


def test_another_seed_changes_the_spikes_and_not_the_picture(folder: Path, default: Arrays) -> None:
    result = run(folder / "seed", "run", "picture", "--seed", "5")
    assert not np.array_equal(result["spike_counts"], default["spike_counts"])
    assert np.array_equal(result["weights"], default["weights"])
    assert correlation(result["weights_sent"], result["spike_counts"]) > 0.93


def test_a_closed_node_removes_its_neurons(folder: Path, default: Arrays) -> None:
    chip = folder / "closed.yaml"
    entry = "{at: {crossbar_input: 0, crossbar_output: 8}, mask: 0, target: 1}"
    chip.write_text(f"include: [picture]\nregisters:\n  CrossbarNode: [{entry}]\n")
    text = find_shipped("experiments", "picture").read_text().replace("chip: picture\n", "chip: closed.yaml\n")
    (folder / "experiment.yaml").write_text(text)
    result = run(folder / "closed", "run", str(folder / "experiment.yaml"))
    assert default["spike_counts"][:32].any()
    assert not result["spike_counts"][:32].any()
    assert np.array_equal(result["spike_counts"][32:], default["spike_counts"][32:])


@pytest.fixture(scope="module")
def bits(folder: Path) -> Path:
    path = folder / "picture.bits"
    assert main(["bitstream", "compile", "picture", "-o", str(path)]) == 0
    return path


def test_the_three_steps_give_the_same(folder: Path, default: Arrays, bits: Path) -> None:
    result = run(folder / "steps", "bitstream", "run", str(bits))
    for name in ("spike_times_us", "spike_labels", "weights", "read_words", "read_times_us"):
        assert np.array_equal(result[name], default[name]), name


def test_one_flipped_byte_changes_one_pixel(folder: Path, default: Arrays, bits: Path) -> None:
    neuron, column = (int(place) for place in np.argwhere(default["weights_sent"] == 63)[700])
    data = bytearray(bits.read_bytes())
    place = byte_of_pixel(bytes(data), neuron, column)
    assert data[place] == 63
    data[place] = 0
    (folder / "flipped.bits").write_bytes(data)
    result = run(folder / "flipped", "bitstream", "run", str(folder / "flipped.bits"))
    start = default["spike_times_us"][0] - default["raster_times_us"][0]
    from hicannx.tools.raster import count_spikes

    counts = count_spikes(result["spike_times_us"] - start, result["spike_address"], 64, 64, 1000.0)
    assert default["spike_counts"][neuron, column] > 5
    assert np.argwhere(counts != default["spike_counts"]).tolist() == [[neuron, column]]
    assert counts[neuron, column] == 0
    assert np.argwhere(result["weights"][:64].T != default["weights"][:64].T).tolist() == [[neuron, column]]


def byte_of_pixel(data: bytes, neuron: int, column: int) -> int:
    """Where in a bitstream the weight of a pixel stands: in the data word of the write to its place in the memory."""
    from hicannx.configs.experiment import kernel_path
    from hicannx.tools.program import load_program

    symbol = load_program(kernel_path(load_experiment("picture").ppu["top"])).symbols["picture"]
    address = symbol.address + 64 * column + 32 * (neuron % 2) + neuron // 2
    memory = load_registers().containers["PPUMemoryWord"].addresses(address // 4)[0]
    program = decode_program(data)
    (index,) = (
        index
        for index in range(20_000)
        if program.name(index) == "omnibus_address" and program.fields(index)["address"] == memory
    )
    return 8 * (index + 1) + 4 + address % 4


def test_grey_levels_become_rates(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = run(folder / "lif", "run", "picture_lif")
    assert json.loads(capsys.readouterr().out)["correlation"] > 0.85
    sent, counts = result["weights_sent"], result["spike_counts"]
    rates = [counts[(sent >= low) & (sent < low + 8)].mean() for low in range(16, 64, 8)]
    assert np.all(np.diff(rates) > 0)
    assert np.array_equal(result["weights"][:64].T, sent)
    other = run(folder / "lif2", "run", "picture_lif", "--seed", "2")
    assert not np.array_equal(other["spike_counts"], counts)
