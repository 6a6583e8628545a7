"""`hicannx config`: its verbs, their output, their mistakes, and the commands of the page."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from hicannx.configs.chip import load_config
from hicannx.tools.cli import main

docs = (Path(__file__).resolve().parent.parent.parent / "docs" / "configurations.md").read_text()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def out(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert main(["config", *words]) == code
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def error(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["config", *words]) == 1
    return capsys.readouterr().err


def test_the_commands_of_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    ((name, text),) = re.findall(r"this into `([\w.]+)`:\n\n```\w+\n(.*?)^```$", docs, re.MULTILINE | re.DOTALL)
    Path(name).write_text(text)
    blocks = re.findall(r"^```console\n(.*?)^```$", docs, re.MULTILINE | re.DOTALL)
    commands = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    assert len(commands) == 10
    output = {}
    for command in commands:
        assert command.startswith("hicannx "), command
        code = main(shlex.split(command)[1:])
        captured = capsys.readouterr()
        assert code == (1 if command == "hicannx config diff picture one_to_one" else 0), captured.err
        output[command] = captured.out
    assert output["hicannx config diff first.yaml written.yaml"] == ""
    assert f"```text\n{output['hicannx config diff picture one_to_one']}```" in docs
    assert "tau_mem_us" in output["hicannx config check first.yaml"]
    check_dumps()
    again = out(capsys, "dump", "chip.yaml", "--only", "CapMemCell", "--only", "SynapseQuad", "--only", "NeuronConfig")
    Path("again.yaml").write_text(again)
    names = ("CapMemCell", "SynapseQuad", "NeuronConfig")
    second, first = load_config("again.yaml"), load_config("chip.yaml")
    assert all((second.settings[name].words() == first.settings[name].words()).all() for name in names)


def check_dumps() -> None:
    """The whole state holds what was written; the dump of the changes is a part of it."""
    whole, changed = load_config("chip.yaml"), load_config("changed.yaml")
    written, state = dict(load_config("written.yaml").writes), dict(whole.writes)
    own = {address: word for address, word in written.items() if address in state}
    assert len(own) > 1400 and all(state[address] == word for address, word in own.items())
    assert len(whole.writes) > 250_000 and len(changed.writes) < 2000
    assert set(changed.writes) <= set(whole.writes)
    assert Path("chip.yaml").stat().st_size < 30_000


def test_check_prints_registers_and_quantities(capsys: pytest.CaptureFixture[str]) -> None:
    Path("chip.yaml").write_text(
        "neurons: [{at: 0..63, membrane_capacitor_size: 63, tau_mem_us: 10, i_offset_na: 0}]\naddresses: {5: 6}\n"
    )
    assert out(capsys, "check", "chip.yaml") == (
        """\
register      instances     words
NeuronConfig  64 of 512     384
CapMemCell    128 of 12480  128
addresses of no register: 1
513 words are written

quantity     neurons          wanted  reached  set by        codes  confidence
tau_mem_us   {neuron: 0..63}  10      9.962    i_bias_leak   84     medium, with a guess
i_offset_na  {neuron: 0..63}  0       0        i_mem_offset  0      low, with a guess
"""
    )
    found = json.loads(out(capsys, "check", "chip.yaml", "--json"))
    assert found["registers"][0] == {"register": "NeuronConfig", "chosen": 64, "instances": 512, "words": 384}
    assert found["quantities"][0]["codes"] == [84] * 64
    assert found["quantities"][0]["source"].startswith("both laws hxtorch:")


def test_values_are_set_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("chip.yaml").write_text("values: {rate: 5}\nregisters: {CrossbarNode: [{at: 0, mask: 2 * rate}]}\n")
    assert "mask: 14" in out(capsys, "dump", "chip.yaml", "--writes", "--set", "rate=0x7")
    assert error(capsys, "check", "chip.yaml", "--set", "rat=7") == (
        "error[T730]: `chip.yaml` has no value `rat` that could be set\n = help: did you mean `rate`?\n"
    ).replace("\n =", "\n  =")
    assert error(capsys, "check", "chip.yaml", "--set", "rate").startswith(
        "error[T730]: `--set rate` does not give a number to a name\n"
    )


def test_encode_is_what_the_builder_makes(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(out(capsys, "encode", "picture", "-o", "p.bits", "--json"))
    words = np.fromfile("p.bits", ">u8")
    assert found == {"output": "p.bits", "words": len(words)} and len(words) == 2 * 836 + 2
    assert [int(word) & 0xFFFFFFFF for word in words[:-2:2]] == [
        address for address, _ in load_config("picture").writes
    ]


def test_diff_of_what_is_equal_and_of_what_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    out(capsys, "encode", "picture", "-o", "p.bits")
    assert out(capsys, "diff", "picture", "p.bits") == ""
    Path("chip.yaml").write_text(
        "include: [picture]\n"
        "registers:\n  NeuronConfig:\n    - {at: 3, readout_source: adaptation}\n    - {at: 64}\n"
        "  SynapseWeightQuad:\n    - {at: 0..29, values: [e, 0, 0, 0]}\n"
        "neuron_cells: [{at: 5..6, v_leak: 7}]\naddresses: {5: 6}\n"
    )
    text = out(capsys, "diff", "picture", "chip.yaml", "--limit", "1", code=1)
    assert text == (
        """\
v_leak[neuron: 5..6]: only in the second
NeuronConfig[neuron: 64]: only in the second
NeuronConfig[neuron: 3].readout_source: membrane -> adaptation
SynapseQuad[synram: top, synapse_row: 0, synapse_quad_column: 1].weights: [0, 0, 0, 0] -> [1, 0, 0, 0]
  ... and 28 more instances (--limit, --json)
0x00000005.word: not written -> 0x6
"""
    )
    colored = out(capsys, "diff", "picture", "chip.yaml", "--color", "always", code=1)
    assert "\x1b[31mmembrane\x1b[0m -> \x1b[32madaptation\x1b[0m" in colored
    found = json.loads(out(capsys, "diff", "picture", "chip.yaml", "--json", code=1))
    assert {"register": "NeuronConfig", "instances": [64], "only_in": "second"} in found
    assert {
        "register": "NeuronConfig",
        "instances": [3],
        "field": "readout_source",
        "before": 0,
        "after": 3,
    } in found


def test_the_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert "tau_mem_us" in json.loads(out(capsys, "schema"))["properties"]["neurons"]["items"]["properties"]


def test_mistakes_of_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert error(capsys, "dump", "picture", "--only", "CrosbarNode").startswith(
        "error[C101]: there is no register `CrosbarNode`\n"
    )
    assert error(capsys, "dump", "none.bits", "--writes").startswith("error[T102]: cannot read `none.bits`: ")
    Path("cut.bits").write_bytes(b"\0" * 9)
    assert error(capsys, "diff", "cut.bits", "picture").startswith("error[B112]: `cut.bits` ends inside word 1 ")
    assert error(capsys, "check", "pictur").startswith("error[C201]: there is no chip configuration named `pictur`\n")
