"""What a program has left for the host: its exit code and its text in the mailbox."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import attrs

from hicannx.cache import cached
from hicannx.structure import structure
from hicannx.tools.program import Program
from hicannx.yamlsource import load_resource

_word_bytes = 4


@attrs.frozen
class ExitCode:
    """Where the exit code stands."""

    symbol: str
    offset: int
    source: str


@attrs.frozen
class Mailbox:
    """Where the mailbox stands: symbols of its begin and end, and addresses for programs without them."""

    begin: str
    end: str
    usual_begin: int
    usual_end: int
    source: str


@attrs.frozen
class Runtime:
    """All of runtime.yaml."""

    exit_code: ExitCode
    mailbox: Mailbox


@cache
def load_runtime() -> Runtime:
    """The conventions, read once."""
    resource = files("hicannx.tools") / "runtime.yaml"
    return cached("runtime", [resource.read_bytes()], lambda: structure(load_resource(resource), Runtime))


def exit_code(memory: bytes, program: Program) -> int | None:
    """The code that `main` returned, signed; None for programs that have no place for it."""
    where = load_runtime().exit_code
    symbol = program.symbols.get(where.symbol)
    start = symbol.address + where.offset if symbol else len(memory)
    found = memory[start : start + _word_bytes]
    return int.from_bytes(found, "big", signed=True) if len(found) == _word_bytes else None


def mailbox_text(memory: bytes, program: Program) -> str | None:
    """The text in the mailbox; None where it holds something else, or nothing."""
    where = load_runtime().mailbox
    begin, end = program.symbols.get(where.begin), program.symbols.get(where.end)
    content = memory[begin.address if begin else where.usual_begin : end.address if end else where.usual_end]
    text = content.partition(b"\0")[0].decode("ascii", "replace")
    return text if text and all(one.isprintable() or one.isspace() for one in text) and text.isascii() else None
