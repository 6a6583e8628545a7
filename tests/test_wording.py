"""The project speaks of itself alone, and every diagnostic code is explained and used."""

from __future__ import annotations

import re
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

from hicannx.tools.cmd_explain import explanations, layers
from hicannx.yamlsource import load_resource

root = Path(__file__).resolve().parent.parent
text_files = {".py", ".yaml", ".md", ".s", ".lark", ".toml", ".sh", ".html", ".css", ".js", ".h", ".c", ".in", ""}
own = Path(__file__).name

# Written in two halves, so that this file does not contain them itself.
foreign = ["/wo" + "rk/", "/tm" + "p/", "sha" + "red/", "vec" + "tors/../", "SPEC" + ".md", "design" + ".md"]
foreign_words = [r"\bthis ses" + "sion", r"\bchief " + "architect", r"\bsee is" + "sue"]


def tracked() -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [root / line for line in done.stdout.splitlines() if (root / line).is_file()]


def test_no_foreign_places_or_words() -> None:
    found = []
    for path in tracked():
        if path.suffix in text_files and path.name not in (own, "LICENSE") and "vectors" not in path.parts:
            text = path.read_text(encoding="utf-8")
            found += [f"{path.relative_to(root)}: {word}" for word in foreign if word in text]
            found += [
                f"{path.relative_to(root)}: {one}" for one in foreign_words if re.search(one, text, re.IGNORECASE)
            ]
    assert not found


def tables() -> dict[str, set[str]]:
    """The codes that each layer explains."""
    found = {layer: files(layer) / "diagnostics.yaml" for layer in layers}
    return {layer: {code for code, _ in load_resource(one).items()} for layer, one in found.items() if one.is_file()}


def used_codes() -> dict[str, set[str]]:
    """The codes that modules and tables use, with those."""
    found: dict[str, set[str]] = {}
    for folder in {layer.split(".")[1] if "." in layer else layer for layer in layers}:
        paths = [*(root / folder).rglob("*.py"), *(root / folder).rglob("*.yaml")]
        for path in (one for one in paths if one.name != "diagnostics.yaml"):
            for code in re.findall(r"(?:\"|code: )([A-Z]\d{3})\b", path.read_text()):
                found.setdefault(code, set()).add(str(path.relative_to(root)))
    return found


def test_codes_are_explained_and_used() -> None:
    explained = {code for codes in tables().values() for code in codes}
    used = used_codes()
    assert {code: used[code] for code in used.keys() - explained} == {}
    assert explained - used.keys() == set()


def test_a_layer_has_one_letter_and_a_code_one_table() -> None:
    owner: dict[str, str] = {}
    for layer, codes in tables().items():
        letters = {code[0] for code in codes}
        assert len(letters) == 1, layer
        assert owner.setdefault(letters.pop(), layer) == layer
    assert sum(len(codes) for codes in tables().values()) == len(explanations())


def test_every_table_is_known() -> None:
    folders = [path.parent.relative_to(root) for path in tracked() if path.name == "diagnostics.yaml"]
    names = {"hicannx" if str(folder) == "hicannx" else ".".join(("hicannx", *folder.parts)) for folder in folders}
    assert names <= set(layers)
