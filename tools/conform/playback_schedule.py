"""Commands at absolute times, and the waits that they are lowered to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.regmodel.playback.assemble import assemble
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.show import show
from hicannx.regmodel.playback.timed import TimedSection
from hicannx.regmodel.playback.words import decode_program
from hicannx.source import SourceFile
from hicannx.tools.conform.outcome import Outcome, failed
from hicannx.tools.conform.playback import first_difference
from hicannx.tools.conform.record import Context


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Schedule the commands, each name being a word of its own, and compare the text with that of the lowered ones."""
    del context
    section = TimedSection()
    data: dict[str, int] = {}
    for cycle, command in record["commands"]:
        verb, _, name = command.partition(" ")
        if verb not in ("write", "read"):
            return failed(f"the command `{command}` is not known", "`write` or `read`", command, code="T402")
        word = data.setdefault(name, len(data))
        if verb == "write":
            section.write_words(cycle, [word], [word])
        else:
            section.read_words(cycle, [word])
    builder = ProgramBuilder()
    builder.play(section)
    builder.halt()
    lowered = [_statement(command, data) for command in record["lowered"]]
    wanted = assemble(SourceFile("lowered", "\n".join([*lowered, "halt"])))
    program = decode_program(builder.to_bytes(), "ours")
    texts = [list(show(one, registers=False)) for one in (wanted, program)]
    return first_difference("statement", texts[0], texts[1])


def _statement(command: str, data: Mapping[str, int]) -> str:
    verb, _, name = command.partition(" ")
    if name not in data:
        return command
    return f"{verb} {data[name]} {data[name]}" if verb == "write" else f"{verb} {data[name]}"
