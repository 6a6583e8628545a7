"""Source to statements: labels and mnemonic of every piece; the operands follow when somebody asks for them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from hicannx.asm.scan import scan
from hicannx.asm.syntax import Statement
from hicannx.diagnostic import Diagnostics
from hicannx.source import SourceFile, Span

_label = re.compile(r"([A-Za-z_.$][\w.$]*|[0-9]+)\s*:\s*", re.ASCII)
_assignment = re.compile(r"([A-Za-z_.$][\w.$]*)\s*(==?)\s*", re.ASCII)
_mnemonic = re.compile(r"[A-Za-z_.$][\w.$]*[+-]?", re.ASCII)


def parse(source: SourceFile, diagnostics: Diagnostics) -> list[Statement]:
    """The statements of a file, in order; macro bodies and branches not taken are among them."""
    return [make_statement(source, start, text) for start, text in scan(source, diagnostics)]


def make_statement(source: SourceFile, start: int, text: str, site: Span | None = None) -> Statement:
    """The statement that `text`, at offset `start` of `source`, says; a malformed one has no mnemonic but a body."""
    labels, mnemonic, mnemonic_start, body, body_start = _head(text)
    return Statement(source, start, text, labels, mnemonic, mnemonic_start, body, body_start, site)


def make_statements(source: SourceFile, site: Span | None, diagnostics: Diagnostics) -> Iterable[Statement]:
    """The statements of a text that the assembler made itself, on behalf of `site`."""
    return [make_statement(source, start, text, site) for start, text in scan(source, diagnostics)]


@cache
def _head(text: str) -> tuple[tuple[tuple[str, int], ...], str, int, str, int]:
    labels = []
    offset = 0
    while ":" in text and (found := _label.match(text, offset)):
        labels.append((found.group(1), offset))
        offset = found.end()
    if assigned := _assignment.match(text, offset):
        name, operator = assigned.groups()
        body = f"{name},{text[assigned.end() :]}"  # `name = value` is `.set name, value`; `==` is `.eqv`
        return tuple(labels), operator, assigned.start(2), body, assigned.end() - len(name) - 1
    word = _mnemonic.match(text, offset)
    mnemonic = word.group() if word else ""
    rest = text[offset + len(mnemonic) :]
    body = rest.lstrip()
    return tuple(labels), mnemonic, offset, body, len(text) - len(body)
