"""Experiments as playback programs: what is in them, and mistakes in experiments with their messages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hicannx.configs.experiment import load_experiment
from hicannx.configs.picture import pack_columns
from hicannx.configs.shipped import find_shipped
from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.playback.words import decode_program
from hicannx.render import render_text
from hicannx.tools.experiment_program import compile_experiment
from hicannx.tools.result import read_addresses

small = """title: small
chip: {chip}
duration_ms: 1
timeout_ms: 2
raster: {{neurons: 1, bins: 1}}
image: {{file: fly_in_honey_pot}}
ppu: {{top: {{kernel: kernel.s, data: {{{symbol}: {source}}}}}}}
spikes: [{{labels: 0..3, rate_hz: 100000, until_ms: 1}}]
"""


def write(tmp_path: Path, kernel: str, *, chip: str = "picture", symbol: str = "picture", source: str = "image") -> str:
    (tmp_path / "kernel.s").write_text(kernel)
    path = tmp_path / "small.yaml"
    path.write_text(small.format(chip=chip, symbol=symbol, source=source))
    return str(path)


def message(path: str, tmp_path: Path) -> str:
    with pytest.raises(DiagnosticError) as caught:
        compile_experiment(load_experiment(path))
    return render_text(caught.value.diagnostics).replace(str(tmp_path), "...")


def test_the_picture_stands_in_the_image_of_the_processor() -> None:
    compiled = compile_experiment(load_experiment("picture"))
    assert compiled.weights is not None and set(np.unique(compiled.weights)) == {0, 63}
    program = compiled.programs[0]
    symbol = program.symbols["picture"]
    assert symbol.size == 4096
    packed = program.image[symbol.address : symbol.address + symbol.size]
    assert packed == pack_columns(compiled.weights)
    column = np.frombuffer(packed, np.uint8).reshape(64, 2, 32)[10]  # even rows, then odd ones
    assert np.array_equal(column[0], compiled.weights[0::2, 10])
    assert np.array_equal(column[1], compiled.weights[1::2, 10])


def test_the_program_is_whole_and_reads_every_column() -> None:
    compiled = compile_experiment(load_experiment("picture"))
    program = decode_program(compiled.data)
    names = [program.name(index) for index in range(len(program) - 30, len(program))]
    assert "poll_omnibus" in names and names[-2:] == ["barrier", "loopback"]
    assert len(read_addresses(program)) == 65 * 16  # once a millisecond, and when the processor sleeps
    assert compile_experiment(load_experiment("picture")).data == compiled.data


def test_a_seed_changes_the_spikes_and_not_the_picture() -> None:
    one, two = (compile_experiment(load_experiment("picture", seed=seed)) for seed in (1, 2))
    assert one.data != two.data
    assert one.programs[0].image == two.programs[0].image


def test_another_image() -> None:
    compiled = compile_experiment(load_experiment("picture", image="honey_pot_grey"))
    assert compiled.weights is not None and set(np.unique(compiled.weights)) == {0, 63}


def test_no_numba_is_needed() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from hicannx.configs.experiment import load_experiment;"
        "from hicannx.tools.experiment_program import compile_experiment;"
        "compile_experiment(load_experiment('picture')); assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=find_shipped("chips", "picture").parents[2])


def test_a_symbol_that_is_too_small(tmp_path: Path) -> None:
    path = write(tmp_path, " wait\n .data\npicture: .space 100\n")
    assert (
        message(path, tmp_path)
        == """\
error[T202]: 4096 bytes of data do not fit into the 100 bytes at symbol `picture`
 --> .../small.yaml:7:52
  |
7 | ppu: {top: {kernel: kernel.s, data: {picture: image}}}
  |                                               ^^^^^
  = help: reserve the room in the program: `picture: .space 4096`""".replace(":7:52", ":7:47")
    )


def test_a_symbol_that_does_not_exist(tmp_path: Path) -> None:
    path = write(tmp_path, " wait\n .data\npicture: .space 4096\n", symbol="pictures")
    assert message(path, tmp_path).splitlines()[0] == "error[T201]: the program has no symbol `pictures`"
    assert message(path, tmp_path).splitlines()[-1] == "  = help: did you mean `picture`?"


def test_data_that_do_not_exist(tmp_path: Path) -> None:
    path = write(tmp_path, " wait\npicture: .space 4096\n", source="imag")
    assert message(path, tmp_path).splitlines()[0] == "error[C205]: there are no data `imag` for the symbol `picture`"


def test_a_kernel_that_does_not_assemble(tmp_path: Path) -> None:
    path = write(tmp_path, " wate\npicture: .space 4096\n")
    text = message(path, tmp_path)
    assert text.startswith("error[A") and ".../kernel.s:1:2" in text


def test_a_kernel_and_a_chip_that_are_missing(tmp_path: Path) -> None:
    path = write(tmp_path, " wait\npicture: .space 4096\n", chip="pictur")
    assert message(path, tmp_path).splitlines()[0] == "error[C201]: there is no chip configuration named `pictur`"
    (tmp_path / "kernel.s").unlink()
    assert message(path, tmp_path).splitlines()[0].startswith("error[H101]: cannot read `.../kernel.s`")


def test_an_unknown_key_and_a_wrong_type(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("titel: a\nchip: picture\nduration_ms: long\ntimeout_ms: 2\nraster: {neurons: 1, bins: 1}\n")
    with pytest.raises(DiagnosticError) as caught:
        load_experiment(str(path))
    assert [(one.code, one.title) for one in caught.value.diagnostics] == [
        ("H203", "unknown key `titel`"),
        ("H204", "expected a number, found a text"),
        ("H205", "missing key `title`"),
    ]


def test_contradictions(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(
        "title: a\nchip: picture\nduration_ms: 3\ntimeout_ms: 2\nraster: {neurons: 1, bins: 1}\n"
        "spikes: [{labels: 0, rate_hz: -1, until_ms: 1}]\n"
        "read: [{register: CrossbarNode, at: 0, from_ms: 1, every_ms: 0}]\n"
        "ppu: {left: {kernel: picture}}\n"
    )
    with pytest.raises(DiagnosticError) as caught:
        load_experiment(str(path))
    assert [(one.code, one.title) for one in caught.value.diagnostics] == [
        ("C203", "the timeout of 2 ms is before the end at 3 ms"),
        ("C203", "spike trains need a rate of at least 0 and an end that is not before their start"),
        ("C203", "a reading needs a start of at least 0, a positive step and one time"),
        ("C203", "there is no processor named `left`"),
    ]


def test_a_picture_for_an_experiment_without_one(tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"
    path.write_text("title: a\nchip: picture\nduration_ms: 1\ntimeout_ms: 2\nraster: {neurons: 1, bins: 1}\n")
    with pytest.raises(DiagnosticError) as caught:
        load_experiment(str(path), image="fly_in_honey_pot")
    assert caught.value.diagnostics[0].code == "C204"
