"""`hicannx explain CODE`: what an error message means and what to do about it."""

from __future__ import annotations

import argparse
import textwrap
from importlib.resources import files

import attrs

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.structure import structure
from hicannx.tools.output import print_json
from hicannx.yamlsource import load_resource

_folders = ("isa", "asm", "regmodel", "regmodel.playback", "emu", "configs", "tools")
layers = ("hicannx", *(f"hicannx.{folder}" for folder in _folders))


@attrs.frozen
class Explanation:
    """One row of a table of diagnostic codes."""

    title: str
    explain: str


def explanations() -> dict[str, Explanation]:
    """All codes of all layers, in the order of the layers."""
    return {code: one for layer in layers for code, one in explanations_of(layer).items()}


def explanations_of(layer: str) -> dict[str, Explanation]:
    """The codes of one layer; empty where it has none."""
    resource = files(layer) / "diagnostics.yaml"
    return structure(load_resource(resource), dict[str, Explanation]) if resource.is_file() else {}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("code", nargs="?", help="for example A101; without a code all are listed")


def run(options: argparse.Namespace) -> int:
    """Print the explanation."""
    table = explanations()
    if options.code is None:
        return _list(table, options.json)
    code = options.code.strip("[]").upper()
    if code not in table:
        title = f"there is no diagnostic with the code `{options.code}`"
        raise DiagnosticError([Diagnostic("T103", title, help=did_you_mean(code, table))])
    row = table[code]
    if options.json:
        print_json({"code": code, "title": row.title, "explain": row.explain.strip()})
    else:
        print(f"{code}: {row.title}\n")
        print(textwrap.fill(" ".join(row.explain.split()), 100))
    return 0


def _list(table: dict[str, Explanation], as_json: bool) -> int:
    if as_json:
        print_json([{"code": code, "title": row.title} for code, row in table.items()])
    else:
        print("\n".join(f"{code}  {row.title}" for code, row in table.items()))
    return 0
