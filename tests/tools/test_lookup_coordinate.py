"""What `hicannx lookup` tells of coordinate types, their numbers and composites; the page that explains it."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from hicannx.tools.cli import main

page = (Path(__file__).resolve().parent.parent.parent / "docs" / "coordinates.md").read_text()


def found(what: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["lookup", what, "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert isinstance(entry, dict)
    return entry


def text(what: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["lookup", what]) == 0
    return capsys.readouterr().out


def group(entry: dict[str, Any], name: str) -> dict[str, Any]:
    (one,) = [one for one in entry["counterparts"] if name in one["types"]]
    assert isinstance(one, dict)
    return one


@pytest.mark.parametrize("what", ["NeuronConfigOnDLS", "neuronconfigondls"])
def test_a_type(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    entry = found(what, capsys)
    assert entry["coordinate type"] == "NeuronConfigOnDLS"
    assert entry["numbers"] == "512 (0 to 511)"
    assert entry["parts"] == {"neuron_row": "2: top, bottom", "neuron_column": "256"}
    assert (entry["numbering"], entry["registers"]) == ("neuron", ["NeuronConfig"])
    assert group(entry, "NeuronColumnOnDLS")["numbers"] == 1
    assert group(entry, "CapMemCellOnDLS")["numbers"] == 24
    assert not [one for one in entry["counterparts"] if "SynapseRowOnDLS" in one["types"]]
    shown = text(what, capsys)
    assert "\n  neuron_row               2: top, bottom\n" in shown
    assert "\n  24 numbers                CapMemCellOnDLS\n" in shown


def test_a_type_that_is_not_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert found("CrossbarNodeOnDLS", capsys)["exist"] == "76 combinations of these"
    assert found("SpikePackFromFPGAOnDLS", capsys)["shown"] == "1 to 3 in the usual software"
    single = found("TimerOnDLS", capsys)
    assert (single["numbers"], single["registers"]) == ("1 (0 to 0)", ["Timer"])
    assert "counterparts" not in single


def test_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    entry = found("NeuronConfigOnDLS=300", capsys)
    assert entry["coordinate"] == "NeuronConfigOnDLS 300"
    assert entry["parts"] == {"neuron_row": "1 (bottom)", "neuron_column": "44"}
    assert entry["registers"] == ["NeuronConfig[300] at 0x00170162"]
    assert group(entry, "NeuronBackendConfigOnDLS")["number"] == 172
    assert (group(entry, "PPUOnDLS")["number"], group(entry, "PPUOnDLS")["name"]) == (1, "bottom")
    assert len(group(entry, "SynapseOnDLS")["number"]) == 256
    shown = text("neuronconfigondls=0x12c", capsys)
    assert "\n  300                       AtomicNeuronOnDLS\n" in shown
    assert "\n  6284, 6414, 6544 ... (24) CapMemCellOnDLS\n" in shown
    assert "\n  2 (south_west)            NeuronConfigBlockOnDLS, " in shown


def test_numbers_by_name_and_by_parts(capsys: pytest.CaptureFixture[str]) -> None:
    assert found("SynramOnDLS=bottom", capsys)["coordinate"] == "SynramOnDLS 1 (bottom)"
    node = found("CrossbarNodeOnDLS=crossbar_input:13,crossbar_output:9", capsys)
    assert node["coordinate"] == "CrossbarNodeOnDLS 63"
    assert node["registers"] == ["CrossbarNode[63] at 0x00130058"]
    neuron = found("AtomicNeuronOnDLS=neuron_row:bottom,neuron_column:44", capsys)
    assert neuron["coordinate"] == "AtomicNeuronOnDLS 300"


def test_no_counterpart(capsys: pytest.CaptureFixture[str]) -> None:
    shown = text("CrossbarInputOnDLS=12", capsys)
    assert re.search(r"^  0 +BackgroundSpikeSourceOnDLS$", shown, re.MULTILINE)
    assert re.search(r"^  none +NeuronEventOutputOnDLS$", shown, re.MULTILINE)


def test_a_composite(capsys: pytest.CaptureFixture[str]) -> None:
    entry = found("AtomicNeuron", capsys)
    assert (entry["composite"], entry["coordinate"]) == ("AtomicNeuron", "AtomicNeuronOnDLS")
    assert entry["registers"] == "26, in the order of writing"
    assert entry["parts"][:2] == ["NeuronConfig", "CapMemCell i_bias_synin_exc_tau"]
    shown = text("CADCSamples", capsys)
    assert "\npart         for each HemisphereOnDLS: CADCSampleQuad with cadc_readout buffered, " in shown
    assert "\npart         CapMemCell of UnusedCapMemCellOnDLS\n" in text("capmem", capsys)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (
            "NeuronConfigOnDL",
            "error[T104]: nothing is known of `NeuronConfigOnDL`\n  = help: did you mean `NeuronConfigOnDLS`?\n",
        ),
        ("XOnDLS=2", "error[R160]: there is no coordinate type `XOnDLS`\n  = help: did you mean `PadOnDLS`?\n"),
        (
            "NeuronConfigOnDLS=neuron_row:0,neuron_row:1",
            "error[R113]: there is no `NeuronConfigOnDLS` with neuron_row: 0, neuron_row: 1\n  = help: give each part once\n",
        ),
        ("PPUOnDLS=2", "error[R163]: PPUOnDLS has no number 2 (0 to 1)\n"),
        ("PPUOnDLS=", "error[R163]: PPUOnDLS has no value named ``\n  = help: known here: `bottom`, `top`\n"),
        (
            "CrossbarNodeOnDLS=crossbar_input:2,crossbar_output:9",
            "error[R113]: there is no `CrossbarNodeOnDLS` with crossbar_input: 2, crossbar_output: 9\n",
        ),
        (
            "CrossbarNodeOnDLS=input:2",
            "error[R111]: `CrossbarNodeOnDLS` has no part `input`\n"
            "  = help: known here: `crossbar_input`, `crossbar_output`\n",
        ),
    ],
)
def test_mistakes(what: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lookup", what]) == 1
    assert capsys.readouterr().err == message


def test_every_command_of_the_page_works(capsys: pytest.CaptureFixture[str]) -> None:
    bodies = re.findall(r"^```console\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    commands = [line.removeprefix("$ ") for body in bodies for line in body.splitlines()]
    assert len(commands) == 6
    for command in commands:
        assert main(shlex.split(command)[1:]) == 0, capsys.readouterr().err
    assert capsys.readouterr().out


def test_the_python_of_the_page_works(capsys: pytest.CaptureFixture[str]) -> None:
    """The values that stand behind expressions as comments are those that come out."""
    bodies = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(bodies) == 2
    values: dict[str, Any] = {}
    for body in bodies:
        exec(body, values)
    shown = re.findall(r"^((?:convert|find)\(.*\)) +# (172|None|\[63\])", bodies[0], re.MULTILINE)
    assert [repr(eval(expression, values)) for expression, _ in shown] == ["172", "None", "[63]"]
    assert capsys.readouterr().out.count("CapMemCell") == 24
