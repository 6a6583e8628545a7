"""Short sources linked: the program that comes out, or what is said to be wrong."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Mapping
from typing import Any

from hicannx.asm.link.link import Linked, link
from hicannx.asm.link.options import LinkOptions
from hicannx.asm.options import Options
from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.tools.conform.attempt import attempt
from hicannx.tools.conform.difference import difference
from hicannx.tools.conform.linking import find_script
from hicannx.tools.conform.objectview import View, view
from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.record import Context

_quoted = re.compile(r"`([^']+)'")
_places = ("In function", "first defined here")  # messages that only tell the place of another
_sender = "ld: "


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Link; compare the program, or the names in the messages."""
    try:
        program = _link(record, context)
    except DiagnosticError as error:
        if record["rc"]:
            return _compare_messages(record["messages"], error.diagnostics)
        return failed("it cannot be linked", "a program", error)
    if record["rc"]:
        return failed("it is linked", record["messages"], "a program")
    outcome = _compare_program(record, view(program.elf()))
    return _compare_messages(record["messages"], program.warnings) if outcome is passed else outcome


def _link(record: Mapping[str, Any], context: Context) -> Linked:
    objects = []
    for number, text in enumerate(record["sources"]):
        tried = attempt(text, Options("gas"))
        if tried.assembly is None:
            raise DiagnosticError(tried.diagnostics)
        objects.append((f"f{number}.o", tried.assembly.object()))
    return link(objects, _options(record, context))


def _options(record: Mapping[str, Any], context: Context) -> LinkOptions:
    """The options that the record's arguments ask for; a DiagnosticError (T402) for one that is not known."""
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--defsym", action="append", default=[])
    parser.add_argument("--gc-sections", action="store_true")
    parser.add_argument("-e", "--entry", default="")
    parser.add_argument("-u", "--undefined", action="append", default=[])
    given, rest = parser.parse_known_args(record["args"])
    if rest:
        raise DiagnosticError([Diagnostic("T402", f"the linker's option `{rest[0]}` is not known here")])
    return LinkOptions(
        script=find_script(record["script"], context),
        defines=dict(one.split("=", 1) for one in given.defsym),
        gc_sections=given.gc_sections,
        entry=given.entry,
        undefined=tuple(given.undefined),
        output="x.elf",
    )


def _compare_program(record: Mapping[str, Any], found: View) -> Outcome:
    compared = {key: record[key] for key in ("entry", "sections", "segments") if key in record}
    outcome = difference(compared, found)
    if outcome is not passed:
        return outcome
    symbols = {one["name"]: one["value"] for one in found["symbols"] if one["bind"] != "LOCAL"}
    for name in sorted(symbols.keys() | record["symbols"].keys()):
        if symbols.get(name) != record["symbols"].get(name):
            return failed(f"symbol `{name}` differs", record["symbols"].get(name), symbols.get(name))
    return passed


def _compare_messages(messages: Iterable[str], diagnostics: Iterable[Diagnostic]) -> Outcome:
    """Each message of the other linker speaks of a name, or has a text, that ours speak of, too."""
    told = " ".join(text for one in diagnostics for text in (one.title, one.label, one.help, *one.notes))
    for message in messages:
        text = message.removeprefix(_sender)
        wanted = _quoted.findall(text) or [text]
        if not any(one in text for one in _places) and not any(one in told for one in wanted):
            return failed("nothing is said of it", message, told)
    return passed
