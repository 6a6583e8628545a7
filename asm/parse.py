"""Source to statements: labels and mnemonic of every piece; the operands follow when somebody asks for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from sys import intern

from hicannx.asm.mistake import Report
from hicannx.asm.scan import scan
from hicannx.asm.syntax import Statement
from hicannx.source import SourceFile, Span

_label = re.compile(r"([A-Za-z_.$][\w.$]*|[0-9]{1,18})\s*:\s*", re.ASCII)
_assignment = re.compile(r"([A-Za-z_.$][\w.$]*)\s*(==?)(?!=)\s*", re.ASCII)
_mnemonic = re.compile(r"(\.[\w.$]*|[A-Za-z_$][\w.$]*(?:[+-]\S*)?)\s*", re.ASCII)  # hints reach to the next blank
_no_labels: tuple[tuple[str, int], ...] = ()


def parse(source: SourceFile, report: Report, site: Span | None = None) -> Iterator[Statement]:
    """The statements of a file, in order; macro bodies and branches not taken are among them.

    `site` is the place on whose behalf the assembler made the text itself.
    """
    return (make_statement(source, start, text, site) for start, text in scan(source, report))


def make_statement(source: SourceFile, start: int, text: str, site: Span | None = None) -> Statement:
    """The statement that `text`, at offset `start` of `source`, says; a malformed one has no mnemonic but a body."""
    offset, labels = 0, _no_labels
    if ":" in text:
        offset, labels = _labels(text)
    if "=" in text and (assigned := _assignment.match(text, offset)):
        name, operator = assigned.groups()
        body = f"{name},{text[assigned.end() :]}"  # `name = value` is `.set name, value`; `==` is `.eqv`
        start_of_body = assigned.end() - len(name) - 1
        return Statement(source, start, text, labels, operator, assigned.start(2), body, start_of_body, site)
    word = _mnemonic.match(text, offset)
    if word is None:
        return Statement(source, start, text, labels, "", offset, text[offset:], offset, site)
    behind = word.end()
    return Statement(source, start, text, labels, intern(word[1]), offset, text[behind:], behind, site)


def _labels(text: str) -> tuple[int, tuple[tuple[str, int], ...]]:
    labels = []
    offset = 0
    while found := _label.match(text, offset):
        labels.append((found.group(1), offset))
        offset = found.end()
    return offset, tuple(labels)
