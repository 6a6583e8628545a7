"""The code, name and payload bits of an instruction or message; widths and defaults of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.playback import find_row, to_fpga
from hicannx.tools.conform.record import Context


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Compare everything that the record says about one row of the table."""
    del context
    name = record.get("name", record.get("short", ""))
    row = find_row(name, record["direction"])
    if row is None:
        return failed(f"there is no `{name}`")
    table = load_instructions()
    by_code = table.instruction_by_code if record["direction"] == to_fpga else table.message_by_code
    if "code" in record and by_code.get(record["code"]) is not row:
        return failed("the code differs", record["code"], row.code)
    bits = record.get("payload_bits", record.get("bits", row.payload_bits))
    if bits != row.payload_bits:
        return failed("the payload has another width", bits, row.payload_bits)
    widths: dict[str, int | None] = {field.name: field.width for field in row.fields}
    defaults = {field.name: field.default for field in row.fields}
    for what, ours, key in (("width", widths, "fields"), ("default", defaults, "defaults")):
        for field, wanted in record.get(key, {}).items():
            if ours.get(field) != wanted:
                return failed(f"the {what} of `{field}` differs", wanted, ours.get(field, "no such field"))
    return passed
