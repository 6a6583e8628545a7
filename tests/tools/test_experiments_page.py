"""The page on experiments: its files and commands work, all shipped experiments stand in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from page import Page

from hicannx.configs.shipped import shipped_names

page = Page("docs/experiments.md")


def test_every_command_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    chip, experiment = page.bodies("yaml")
    for name, body in (("neuron.yaml", chip), ("period.yaml", experiment), ("own.py", page.bodies("python")[0])):
        assert f"`{name}`" in page.text
        Path(name).write_text(body)
    output = page.run_commands(capsys)
    assert Path("potentials/picture.png").exists() and Path("period/result.npz").exists()
    (shown,) = page.bodies("text")
    assert shown in output["hicannx run period.yaml --out period"]
    page.run_python(blocks=2)


def test_all_shipped_experiments_stand_in_it() -> None:
    table = page.text.partition("## Shipped experiments")[2]
    assert [name for name in shipped_names("experiments") if f"`{name}`" not in table] == []
