"""The direction of imports, what must stay light, and the size of the parts."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

root = Path(__file__).resolve().parent.parent
folders = ("hicannx", "isa", "asm", "regmodel", "emu", "configs", "tools")
modules = sorted(path for folder in folders for path in (root / folder).rglob("*.py") if ".typing" not in path.parts)

# Who may import whom; every layer may import the root package and itself. The lazy names of `hicannx` are exempt.
allowed = {
    "hicannx": set(),
    "isa": set(),
    "asm": {"isa"},
    "regmodel": set(),
    "emu": {"isa", "regmodel"},
    "configs": {"regmodel"},
    "tools": {"isa", "asm", "regmodel", "emu", "configs"},
}
heavy = ("numba", "PIL", "rich", "matplotlib", "elftools", "hicannx.emu")
longest_module, longest_function = 400, 40


def layer_of(path: Path) -> str:
    return path.relative_to(root).parts[0]


def imported(tree: ast.AST) -> list[tuple[str, ast.AST]]:
    found: list[tuple[str, ast.AST]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports name the whole path"
            found.append((node.module or "", node))
            if node.module == "hicannx":
                found += [(f"hicannx.{alias.name}", node) for alias in node.names]
    return found


@pytest.mark.parametrize("path", modules, ids=lambda path: str(path.relative_to(root)))
def test_imports_follow_the_layers(path: Path) -> None:
    layer = layer_of(path)
    for name, node in imported(ast.parse(path.read_text())):
        first, _, rest = name.partition(".")
        assert first not in folders[1:], f"line {node.lineno}: import hicannx.{name} instead of {name}"
        target = rest.partition(".")[0]
        if first == "hicannx" and target in allowed and path.name != "__main__.py":
            assert target == layer or target in allowed[layer], f"line {node.lineno}: {layer} must not import {name}"


@pytest.mark.parametrize("path", modules, ids=lambda path: str(path.relative_to(root)))
def test_modules_and_functions_are_small_and_documented(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    assert len(text.splitlines()) <= longest_module
    assert ast.get_docstring(tree), "a module says in a docstring what it is"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= longest_function, f"{node.name} on line {node.lineno} has {length} lines"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} on line {node.lineno} has no docstring"


def loaded_by(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


light = ["import hicannx", "import hicannx.tools.cli"] + [
    f"import hicannx.{'.'.join(path.relative_to(root).with_suffix('').parts)}".removesuffix(".__init__")
    for path in modules
    if layer_of(path) in ("isa", "asm", "regmodel", "configs")
]


def test_the_light_layers_import_nothing_heavy() -> None:
    loaded = loaded_by("\n".join(light))
    assert not [name for name in heavy if name in loaded]


def test_commands_that_compute_nothing_import_nothing_heavy() -> None:
    verbs = [path.stem for path in modules if path.stem.startswith("cmd_")]
    loaded = loaded_by("\n".join(f"import hicannx.tools.{verb}" for verb in verbs))
    assert not [name for name in heavy if name in loaded]


def test_nothing_is_loaded_twice() -> None:
    loaded = loaded_by("\n".join(light))
    assert not loaded & set(folders[1:])
