"""Structural conversion of YAML nodes to attrs classes, with diagnostics for what does not fit."""

from __future__ import annotations

import types
import typing
from functools import cache
from typing import Any, TypeVar, Union, cast

import attrs

from hicannx.diagnostic import Diagnostics, did_you_mean
from hicannx.source import Span
from hicannx.yamlsource import Node

T = TypeVar("T")
_names = {int: "an integer", str: "a text", bool: "true or false", float: "a number", dict: "a mapping", list: "a list"}


def structure(node: Node, kind: type[T], diagnostics: Diagnostics | None = None) -> T:
    """Make a `kind` from a node: attrs classes, int, float, bool, str, X | None, list, tuple, dict, Node, Any.

    An attrs field named `span` of type Span receives the node's place; YAML keys equal the field names (a trailing
    underscore is dropped). Without `diagnostics` a DiagnosticError is raised, else what does not fit is collected
    there and the result holds None in its place.
    """
    collector = diagnostics or Diagnostics()
    value = _convert(node, kind, collector)
    if diagnostics is None:
        collector.raise_if_errors()
    return cast(T, value)


def _convert(node: Node, kind: Any, diagnostics: Diagnostics) -> Any:
    if kind is Any:
        return node.plain()
    if kind is Node:
        return node
    if attrs.has(kind):
        return _convert_class(node, kind, diagnostics)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (Union, types.UnionType):
        return _convert_union(node, arguments, diagnostics)
    if origin in (list, tuple):
        return _convert_list(node, origin, arguments, diagnostics)
    if origin is dict:
        return _convert_dict(node, arguments[1], diagnostics)
    return _convert_scalar(node, kind, diagnostics)


def _convert_scalar(node: Node, kind: Any, diagnostics: Diagnostics) -> Any:
    value = node.value
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    return _mismatch(node, _names[kind], diagnostics)


def _mismatch(node: Node, expected: str, diagnostics: Diagnostics) -> None:
    found = _names[list] if node.is_list else _names.get(type(node.value), "nothing")
    diagnostics.error("H204", f"expected {expected}, found {found}", node.span)


def _convert_union(node: Node, arguments: tuple[Any, ...], diagnostics: Diagnostics) -> Any:
    if node.value is None and type(None) in arguments:
        return None
    candidates = [one for one in arguments if one is not type(None)]
    for candidate in candidates[:-1]:
        trial = Diagnostics()
        value = _convert(node, candidate, trial)
        if not trial.collected:
            return value
    return _convert(node, candidates[-1], diagnostics)


def _convert_list(node: Node, origin: Any, arguments: tuple[Any, ...], diagnostics: Diagnostics) -> Any:
    if not node.is_list:
        return _mismatch(node, _names[list], diagnostics)
    return origin(_convert(item, arguments[0], diagnostics) for item in node.listed())


def _convert_dict(node: Node, kind: Any, diagnostics: Diagnostics) -> Any:
    if not isinstance(node.value, dict):
        return _mismatch(node, _names[dict], diagnostics)
    return {key: _convert(item, kind, diagnostics) for key, item in node.items()}


@cache
def _fields(kind: Any) -> dict[str, tuple[str, Any, bool]]:
    hints = typing.get_type_hints(kind)
    table = {}
    for one in attrs.fields(kind):
        if one.init and hints[one.name] is not Span:
            table[one.name.rstrip("_")] = (one.name, hints[one.name], one.default is attrs.NOTHING)
    return table


def _convert_class(node: Node, kind: Any, diagnostics: Diagnostics) -> Any:
    if not isinstance(node.value, dict):
        return _mismatch(node, _names[dict], diagnostics)
    fields = _fields(kind)
    before = len(diagnostics.collected)
    arguments: dict[str, Any] = {}
    for key, value in node.items():
        if key in fields:
            arguments[fields[key][0]] = _convert(value, fields[key][1], diagnostics)
        else:
            diagnostics.error("H203", f"unknown key `{key}`", node.key_spans[key], help=did_you_mean(key, fields))
    for key, (_, _, required) in fields.items():
        if required and key not in node.value:
            diagnostics.error("H205", f"missing key `{key}`", _first_line(node), help=f"add `{key}: ...`")
    if len(diagnostics.collected) > before:
        return None
    if any(one.name == "span" for one in attrs.fields(kind)):
        arguments["span"] = node.span
    return kind(**arguments)


def _first_line(node: Node) -> Span:
    start = node.span.start
    end = node.span.file.text.find("\n", start)
    return Span(node.span.file, start, min(node.span.end, end if end >= 0 else node.span.end))
