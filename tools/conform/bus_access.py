"""A register behind a bus: the accesses to the Omnibus, or the JTAG instructions, that write or read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.playback.lowering import Words, find_backend, lower_register
from hicannx.regmodel.playback.words import decode_word
from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.record import Context
from hicannx.tools.conform.registerview import refused


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Lower the access, and compare."""
    del context
    if record["op"] not in ("write", "read"):
        return failed(f"no check is known for `{record['op']}`")
    try:
        backend = find_backend(record["register"])
        if not backend.steps(record["op"]):
            return failed(f"{backend.name} has no {record['op']}")
        words = lower_register(backend, record["op"], record.get("enum", 0), record.get("value", 0))
    except DiagnosticError as error:
        return refused(error)
    found = list(_operations(words))
    expected = [tuple(one) for one in record["expect"]]
    return passed if found == expected else failed("the operations differ", _shown(expected), _shown(found))


def _operations(words: Words) -> Iterator[tuple[str | int, ...]]:
    """`w` address data, `r` address, `ins` register, `data` bits payload kept: as records write them."""
    address = 0
    for name, fields in map(decode_word, words.tolist()):
        if name == "omnibus_address":
            address = fields["address"]
            if fields["is_read"]:
                yield "r", address
        elif name == "omnibus_data":
            yield "w", address, fields["data"]
        elif name == "jtag_ins":
            yield "ins", fields["ir"]
        elif name == "jtag_data":
            yield "data", fields["num_bits"], fields["payload"], fields["keep_response"]
        else:
            yield (name,)


def _shown(operations: list[tuple[Any, ...]]) -> str:
    return "; ".join(" ".join(one if isinstance(one, str) else f"{one:#x}" for one in row) for row in operations)
