"""YAML whose every value remembers file, line and column."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import attrs

from hicannx.source import SourceFile, Span, read_source

_longest = 60  # characters of a list or mapping that messages show
_layers = frozenset({"isa", "asm", "regmodel", "emu", "configs", "tools", "hicannx"})


@attrs.frozen
class Node:
    """A YAML value with its place: `value` is None, bool, int, float, str, list[Node] or dict[str, Node].

    Where it was asked for, long lists of numbers are int64 arrays.
    """

    value: Any
    span: Span
    key_spans: dict[str, Span] = attrs.field(factory=dict, repr=False)

    @property
    def is_list(self) -> bool:
        """Whether this is a list, also one of numbers that became an array."""
        return isinstance(self.value, list) or hasattr(self.value, "tolist")

    def listed(self) -> list[Node]:
        """The items of a list."""
        return self.value if isinstance(self.value, list) else [Node(one, self.span) for one in self.value.tolist()]

    @property
    def shown(self) -> str:
        """The value as messages show it: texts and numbers as they are, all else as the begin of what is written."""
        if type(self.value) in (str, int, float):
            return str(self.value)
        text = self.span.text.partition("\n")[0]
        return text if len(text) <= _longest else f"{text[:_longest]}..."

    def plain(self) -> Any:
        """The value without its places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        return [node.plain() for node in self.value] if isinstance(self.value, list) else self.value

    def items(self) -> Iterator[tuple[str, Node]]:
        """Keys and values of a mapping."""
        return iter(self.value.items())


def load_yaml(path: str | Path, *, arrays: bool = False) -> Node:
    """Read one YAML file; a DiagnosticError (H101, H102, H201, H202) says what is wrong with it."""
    return parse_yaml(read_source(path), arrays=arrays)


def load_resource(resource: Traversable) -> Node:
    """Read a YAML file that belongs to the package; its name is that inside the package, wherever this is installed."""
    return parse_yaml(SourceFile(_name_in_package(resource), resource.read_text(encoding="utf-8")))


def _name_in_package(resource: Traversable) -> str:
    """Such as `isa/power/branch.yaml`."""
    parts = Path(str(resource)).parts
    layers = [index for index, part in enumerate(parts) if part in _layers]
    return "/".join(parts[layers[-1] :]) if layers else str(resource)


def parse_yaml(file: SourceFile, *, arrays: bool = False) -> Node:
    """Parse one YAML document; an empty one is an empty mapping.

    With `arrays`, each `[...]` of at least 64 decimal integers becomes one node with an int64 array as its value.
    """
    from hicannx.yamlcomposer import compose

    return compose(file, arrays)
