"""`hicannx info --registers`: every container of the maps, and what the emulator does with it; docs/playback.md."""

import json
import re
import shlex
from pathlib import Path

from hicannx.regmodel.load import load_registers
from hicannx.tools.cli import main

_page = (Path(__file__).parent.parent.parent / "docs" / "playback.md").read_text()


def test_every_container_is_listed(capsys):
    assert main(["info", "--registers", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["registers"]
    containers = load_registers().containers
    assert {row["container"] for row in rows} == set(containers)
    for row in rows:
        one = containers[row["container"]]
        assert (row["instances"], row["words"], row["access"]) == (one.instances, one.words, one.access)
    behaviour = {row["container"]: row["behaviour"] for row in rows}
    assert behaviour["ReferenceGeneratorConfig"] == "stores only"
    assert behaviour["ShiftRegister"] == "stores only"
    assert behaviour["PPUControlRegister"] == "starts and stops a processor"
    assert behaviour["SynapseQuad"] == "a view of the synapse memory"
    assert behaviour["WaitUntil"] == "the playback instruction wait_until"
    assert behaviour["VectorGeneratorTrigger"] == "not in the emulated image of the FPGA"


def test_the_page_s_commands_work(capsys):
    commands = re.findall(r"^\$ hicannx (.*)$", _page, re.MULTILINE)
    assert commands == ["info --registers"]
    for command in commands:
        assert main(shlex.split(command)) == 0
    assert "CrossbarNode " in capsys.readouterr().out
