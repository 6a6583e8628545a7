"""The page on experiments: its files and commands work, all shipped experiments stand in it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from hicannx.configs.shipped import shipped_names
from hicannx.tools.cli import main

page = (Path(__file__).parents[2] / "docs" / "experiments.md").read_text()
blocks = re.findall(r"^```(\w*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def test_every_command_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    chip, experiment = (body for kind, body in blocks if kind == "yaml")
    own, program = (body for kind, body in blocks if kind == "python")
    for name, body in (("neuron.yaml", chip), ("period.yaml", experiment), ("own.py", own)):
        assert f"`{name}`" in page
        Path(name).write_text(body)
    output = {}
    for line in (line for kind, body in blocks if kind == "console" for line in body.splitlines()):
        assert main(shlex.split(line.removeprefix("$ hicannx "))) == 0, capsys.readouterr()
        output[line] = capsys.readouterr().out
    assert Path("potentials/picture.png").exists() and Path("period/result.npz").exists()
    (shown,) = (body for kind, body in blocks if kind == "text")
    assert shown in output["$ hicannx run period.yaml --out period"]
    exec(compile(program, "docs/experiments.md", "exec"), {})


def test_all_shipped_experiments_stand_in_it() -> None:
    table = page.partition("## Shipped experiments")[2]
    assert [name for name in shipped_names("experiments") if f"`{name}`" not in table] == []
