"""Field values of an instruction or message to a payload, with diagnostics for what does not fit."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

from hicannx.diagnostic import DiagnosticError, Diagnostics, did_you_mean
from hicannx.regmodel.playback.instruction import Field, Instruction


def find(table: Mapping[str, Instruction], name: str, kind: str) -> Instruction:
    """The row of a name; `kind` says what is looked up. DiagnosticError B101."""
    if name in table:
        return table[name]
    diagnostics = Diagnostics()
    diagnostics.error("B101", f"there is no {kind} `{name}`", help=did_you_mean(name, table))
    raise DiagnosticError(diagnostics.collected)


def pack(row: Instruction, fields: Mapping[str, Any]) -> int:
    """The payload of the given field values; absent fields take their defaults. DiagnosticError B101, B102, B103."""
    diagnostics = Diagnostics()
    for name in fields.keys() - row.by_name.keys():
        diagnostics.error("B101", f"`{row.name}` has no field `{name}`", help=_known(row, name))
    payload = 0
    for field in row.fields:
        value = fields.get(field.name, field.default)
        if value is None:
            diagnostics.error("B102", f"`{row.name}` lacks its field `{field.name}`", help=f"give `{field.name}=...`")
        else:
            payload |= _fit(row, field, value, diagnostics) << field.lsb
    diagnostics.raise_if_errors()
    return payload


def _known(row: Instruction, name: str) -> str:
    return did_you_mean(name, row.by_name) or f"`{row.name}` has no fields"


def _fit(row: Instruction, field: Field, value: Any, diagnostics: Diagnostics) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        diagnostics.error("B103", f"`{value!r}` is no integer, as `{field.name}` of `{row.name}` needs one")
        return 0
    if 0 <= number <= field.highest:
        return number
    title = f"{number} does not fit in `{field.name}` of `{row.name}`"
    help_text = f"the field has {field.width} bit{'s' * (field.width > 1)}: give 0 to {field.highest}"
    diagnostics.error("B103", title, help=help_text)
    return 0
