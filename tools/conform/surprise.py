"""A source that looks wrong, is accepted, and gets a warning from this assembler."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.asm.options import Options
from hicannx.tools.conform.attempt import attempt
from hicannx.tools.conform.objectview import View, view
from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.record import Context

_most_digits = 200  # longer contents are cut in the records


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Assemble; compare the bytes of `.text` and all relocations; ask for a warning."""
    del context
    tried = attempt(record["src"], Options("gas"))
    if tried.assembly is None:
        return failed("it is rejected", "accepted", tried.told())
    found = view(tried.assembly.object())
    text = next((one["hex"] for one in found["sections"] if one["name"] == ".text"), "")
    expected = record["text"]
    if text != expected and not (len(expected) == _most_digits and text.startswith(expected)):
        return failed("the bytes of `.text` differ", expected, text)
    relocations = listed(found)
    if relocations != record["relocs"]:
        return failed("the relocations differ", record["relocs"], relocations)
    return passed if tried.diagnostics else failed("nothing warns of it", "a warning", "none")


def listed(found: View) -> list[str]:
    """Relocations in the manner of `objdump -r`."""
    return [
        f"{one['offset']:08x} {one['type']} {one['symbol']}" + (f"{_sign(one['addend'])}" if one["addend"] else "")
        for one in found["relocations"]
    ]


def _sign(addend: int) -> str:
    return f"{'-' if addend < 0 else '+'}{abs(addend):#010x}"
