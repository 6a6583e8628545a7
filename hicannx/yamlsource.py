"""YAML whose every value remembers file, line and column."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.source import SourceFile, Span, read_source

if TYPE_CHECKING:
    import yaml

_layers = frozenset({"isa", "asm", "regmodel", "emu", "configs", "tools", "hicannx"})


@attrs.frozen
class Node:
    """A YAML value with its place: `value` is None, bool, int, float, str, list[Node] or dict[str, Node]."""

    value: Any
    span: Span
    key_spans: dict[str, Span] = attrs.field(factory=dict, repr=False)

    def plain(self) -> Any:
        """The value without its places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        return [node.plain() for node in self.value] if isinstance(self.value, list) else self.value

    def items(self) -> Iterator[tuple[str, Node]]:
        """Keys and values of a mapping."""
        return iter(self.value.items())


def load_yaml(path: str | Path) -> Node:
    """Read one YAML file; a DiagnosticError (H101, H102, H201, H202) says what is wrong with it."""
    return parse_yaml(read_source(path))


def load_resource(resource: Traversable) -> Node:
    """Read a YAML file that belongs to the package; its name is that inside the package, wherever this is installed."""
    return parse_yaml(SourceFile(_name_in_package(resource), resource.read_text(encoding="utf-8")))


def _name_in_package(resource: Traversable) -> str:
    """Such as `isa/power/branch.yaml`."""
    parts = Path(str(resource)).parts
    layers = [index for index, part in enumerate(parts) if part in _layers]
    return "/".join(parts[layers[-1] :]) if layers else str(resource)


def parse_yaml(file: SourceFile) -> Node:
    """Parse one YAML document; an empty one is an empty mapping."""
    import yaml

    make: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        loader = make(file.text)
        root = loader.get_single_node()
        if root is None:
            return Node({}, file.span(0, 0))
        return _convert(root, file, loader)
    except yaml.MarkedYAMLError as error:
        raise DiagnosticError([_malformed(error, file)]) from None
    except yaml.YAMLError as error:
        raise DiagnosticError([Diagnostic("H201", f"malformed YAML: {error}".splitlines()[0])]) from None
    except RecursionError:
        raise DiagnosticError([Diagnostic("H201", "malformed YAML: nested too deeply", file.span(0, 1))]) from None


def _malformed(error: yaml.MarkedYAMLError, file: SourceFile) -> Diagnostic:
    mark = error.problem_mark or error.context_mark
    offset = _offset(mark, file) if mark else 0
    reason = str(error.problem or error.context)
    help_text = "check the indentation, colons and quotes on this line and the one before it"
    return Diagnostic("H201", f"malformed YAML: {reason}", file.span(offset, offset + 1), help=help_text)


def _offset(mark: Any, file: SourceFile) -> int:
    line, column = min(int(mark.line), len(file.line_starts) - 1), int(mark.column)
    return min(file.line_starts[line] + column, len(file.text))


def _span(node: Any, file: SourceFile) -> Span:
    start, end = _offset(node.start_mark, file), _offset(node.end_mark, file)
    if node.id != "scalar":  # a collection ends where the next token begins
        end = start + len(file.text[start:end].rstrip())
    return file.span(start, max(end, start))


def _convert(node: Any, file: SourceFile, loader: Any) -> Node:
    span = _span(node, file)
    if node.id == "mapping":
        return _convert_mapping(node, span, file, loader)
    if node.id == "sequence":
        return Node([_convert(item, file, loader) for item in node.value], span)
    try:
        return Node(loader.construct_object(node), span)
    except ValueError as error:
        raise DiagnosticError([Diagnostic("H201", f"malformed YAML: {error}", span)]) from None


def _convert_mapping(node: Any, span: Span, file: SourceFile, loader: Any) -> Node:
    values: dict[str, Node] = {}
    spans: dict[str, Span] = {}
    for key_node, value_node in node.value:
        key_span = _span(key_node, file)
        if key_node.id != "scalar":
            raise DiagnosticError([Diagnostic("H201", "malformed YAML: a key must be a single word", key_span)])
        key = str(key_node.value)
        if key in values:
            help_text = f"remove one of them; the first stands on line {spans[key].line}"
            raise DiagnosticError([Diagnostic("H202", f"key `{key}` is given twice", key_span, help=help_text)])
        values[key], spans[key] = _convert(value_node, file, loader), key_span
    return Node(values, span, spans)
