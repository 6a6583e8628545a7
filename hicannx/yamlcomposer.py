"""Nodes of YAML, made from the events of its parser, which is imported only where something is read anew."""

from __future__ import annotations

import re
from typing import Any

import attrs
import yaml

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.source import SourceFile, Span
from hicannx.yamlsource import Node

_number = r"\s*-?(?:0|[1-9]\d{0,17})\s*"
_numbers = re.compile(rf"\[((?:{_number},){{63,}}{_number}),?\s*\]")
_most_values = 1_000_000  # where there are aliases, since aliases of aliases make exponentially many
_first_digits = "123456789"  # with a zero in front a number is octal
_blank = str.maketrans(dict.fromkeys("-0123456789,", " "))
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def compose(file: SourceFile, arrays: bool) -> Node:
    """What `parse_yaml` of yamlsource.py gives."""
    try:
        return (_with_arrays(file) if arrays else None) or _Composer(_Loader(file.text), file).document()
    except yaml.MarkedYAMLError as error:
        raise DiagnosticError([_malformed(error, file)]) from None
    except yaml.YAMLError as error:
        raise DiagnosticError([Diagnostic("H201", f"malformed YAML: {error}".splitlines()[0])]) from None
    except RecursionError:
        raise DiagnosticError([Diagnostic("H201", "malformed YAML: nested too deeply", file.span(0, 1))]) from None


def _with_arrays(file: SourceFile) -> Node | None:
    """The document, which the parser sees without the numbers; None where some of them stand in a text or comment."""
    lists = {found.start(): found[1] for found in _numbers.finditer(file.text)}
    text = _numbers.sub(lambda found: found[0].translate(_blank), file.text)
    composer = _Composer(_Loader(text), file, lists)
    root = composer.document()
    return None if lists else root


def _malformed(error: yaml.MarkedYAMLError, file: SourceFile) -> Diagnostic:
    mark = error.problem_mark or error.context_mark
    offset = _offset(mark, file) if mark else 0
    reason = str(error.problem or error.context)
    help_text = "check the indentation, colons and quotes on this line and the one before it"
    return Diagnostic("H201", f"malformed YAML: {reason}", file.span(offset, offset + 1), help=help_text)


def _offset(mark: Any, file: SourceFile) -> int:
    starts, line = file.line_starts, mark.line
    offset: int = (starts[line] if line < len(starts) else starts[-1]) + mark.column
    return offset if offset < len(file.text) else len(file.text)


@attrs.define
class _Composer:
    """Nodes from the parser's events, of which libyaml makes a million in a second or two."""

    loader: Any
    file: SourceFile
    lists: dict[int, str] = attrs.field(factory=dict)  # of numbers, by their offsets; taken out when they are met
    anchors: dict[str, tuple[Node, int]] = attrs.field(factory=dict)  # and of how many values each is made
    count: int = 0  # values so far, those of aliases again

    def document(self) -> Node:
        self.loader.get_event()  # of the stream
        if isinstance(self.loader.get_event(), yaml.StreamEndEvent):
            return Node({}, self.file.span(0, 0))
        root = self._node(self.loader.get_event())
        self.loader.get_event()  # of the document
        further = self.loader.get_event()
        if not isinstance(further, yaml.StreamEndEvent):
            raise _not_composed("expected a single document, but found another one", further.start_mark)
        return root

    def _node(self, event: Any) -> Node:
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                raise _not_composed(f"found undefined alias {event.anchor}", event.start_mark)
            node, size = self.anchors[event.anchor]
            self.count += size
            if self.count > _most_values:
                raise _not_composed(f"aliases make more than {_most_values} values", event.start_mark)
            return node
        before, self.count = self.count, self.count + 1
        if isinstance(event, yaml.ScalarEvent):
            node = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(event)
        else:
            node = self._mapping(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = node, self.count - before
        return node

    def _scalar(self, event: Any) -> Node:
        span = self._span(event, event)
        tag, value = event.tag, event.value
        if tag is None and event.implicit[0]:  # most are decimal numbers and words that can be nothing else
            if (
                value.isdecimal()
                and value.isascii()
                and (value[0] in _first_digits or value == "0")
                and len(value) < 20
            ):
                return Node(int(value), span)
            if value and value[0] not in self.loader.yaml_implicit_resolvers:
                return Node(value, span)
        if tag is None or tag == "!":
            tag = self.loader.resolve(yaml.ScalarNode, value, event.implicit)
        scalar = yaml.ScalarNode(tag, value, event.start_mark, event.end_mark)
        try:
            return Node(self.loader.construct_object(scalar), span)
        except ValueError as error:
            raise DiagnosticError([Diagnostic("H201", f"malformed YAML: {error}", span)]) from None

    def _sequence(self, start: Any) -> Node:
        items = []
        event = self.loader.get_event()
        while not isinstance(event, yaml.SequenceEndEvent):
            items.append(self._node(event))
            event = self.loader.get_event()
        span = self._span(start, event)
        numbers = self.lists.pop(span.start, None) if start.flow_style else None
        return Node(items if numbers is None else _array(numbers), span)

    def _mapping(self, start: Any) -> Node:
        values: dict[str, Node] = {}
        spans: dict[str, Span] = {}
        event = self.loader.get_event()
        while not isinstance(event, yaml.MappingEndEvent):
            key, span = self._key(event), self._span(event, event)
            if key in values:
                help_text = f"remove one of them; the first stands on line {spans[key].line}"
                raise DiagnosticError([Diagnostic("H202", f"key `{key}` is given twice", span, help=help_text)])
            values[key], spans[key] = self._node(self.loader.get_event()), span
            event = self.loader.get_event()
        return Node(values, self._span(start, event), spans)

    def _key(self, event: Any) -> str:
        if isinstance(event, yaml.ScalarEvent):
            return str(event.value)
        title = "malformed YAML: a key must be a single word"
        raise DiagnosticError([Diagnostic("H201", title, self._span(event, event))])

    def _span(self, first: Any, last: Any) -> Span:
        start, end = _offset(first.start_mark, self.file), _offset(last.end_mark, self.file)
        if first is not last:  # a collection ends where the next token begins
            end = start + len(self.file.text[start:end].rstrip())
        return Span(self.file, start, max(end, start))


def _not_composed(problem: str, mark: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)


def _array(numbers: str) -> Any:
    import numpy as np

    return np.fromstring(numbers, np.int64, sep=",")
