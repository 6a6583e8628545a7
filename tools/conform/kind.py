"""The kinds of golden records: how they are recognised, and the function that checks each."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from fnmatch import fnmatch
from functools import cache
from importlib.resources import files
from typing import Any

import attrs

from hicannx.structure import structure
from hicannx.tools.conform.outcome import Outcome
from hicannx.tools.conform.record import Context
from hicannx.yamlsource import load_resource

Check = Callable[[Mapping[str, Any], Context], Outcome]


@attrs.frozen
class Kind:
    """A row of kinds.yaml; its comments say what the columns are."""

    doc: str
    keys: dict[str, str]
    shown: str
    files: list[str] = attrs.field(factory=list)
    module: str = ""
    messages: str = ""

    def fits(self, data: Mapping[str, Any]) -> bool:
        """Whether a record has the keys of this kind."""
        if not self.keys.keys() <= data.keys():
            return False
        kinds = [one.get("kind") for one in data.get("messages", ()) if isinstance(one, dict)] if self.messages else []
        return not self.messages or (bool(kinds) and all(kind == self.messages for kind in kinds))


@attrs.frozen
class KindTable:
    """All kinds by name, the files that are no golden data, and those that are tables."""

    records: dict[str, Kind]
    folders: dict[str, Kind]
    ignored: dict[str, str]
    tables: tuple[str, ...] = ()

    @property
    def all(self) -> dict[str, Kind]:
        """Kinds of lines and of parts of folders."""
        return self.records | self.folders


@cache
def load_kinds() -> KindTable:
    """The table."""
    return structure(load_resource(files("hicannx.tools.conform") / "kinds.yaml"), KindTable)


def classify(data: Mapping[str, Any], file_name: str) -> str | None:
    """The kind of a record in a file of this name; None when there is none."""
    kinds = load_kinds().all
    for name, kind in kinds.items():
        named = any(fnmatch(file_name, pattern) for pattern in kind.files)
        if named and kind.keys.keys() <= data.keys():
            return name
    return next((name for name, kind in kinds.items() if kind.fits(data)), None)


@cache
def load_check(name: str) -> Check:
    """The function `check` of the module that checks records of this kind."""
    module = load_kinds().all[name].module or name
    check: Check = importlib.import_module(f"hicannx.tools.conform.{module}").check
    return check


def _is_hex(value: Any) -> bool:
    try:
        return isinstance(value, str) and value.startswith("0x") and int(value, 16) >= 0
    except ValueError:
        return False


_types: Mapping[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "hex": _is_hex,
    "flag": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, int),
    "fraction": lambda value: isinstance(value, int | float),
    "messages": lambda value: isinstance(value, list) and all(isinstance(one, dict) for one in value),
    "list": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def problem(name: str, data: Mapping[str, Any]) -> str:
    """What is wrong with the values of a record of this kind; empty where they are of the right types."""
    for key, kind in load_kinds().all[name].keys.items():
        value = data[key]
        if not (kind.endswith("?") and value is None) and not _types[kind.removesuffix("?")](value):
            return f"`{key}` is {value!r:.40}, not {kind}"
    return ""
