"""Many values in few words: one value, an expression over coordinates, runs, rows of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from textwrap import wrap
from typing import Any

import numpy as np

from hicannx.configs.value import Values
from hicannx.regmodel.field import Field

_width = 110
_shortest_run = 4
_hex_bits = 16
_no_texts = ("true", "false", "yes", "no", "on", "off", "null", "y", "n")  # of YAML 1.1, unless in quotes


def value_text(field: Field, value: int) -> str:
    """One value of a field as a configuration writes it: by its name where it has one."""
    if field.kind == "bool":
        return "true" if value else "false"
    names = [name for name, number in field.enum.items() if number == value]
    if names:
        return f'"{names[0]}"' if names[0] in _no_texts else names[0]
    return f"{value:#x}" if field.width > _hex_bits and value >= 0 else str(value)


def describe_values(field: Field, values: Values, views: Mapping[str, Any], columns: int, indent: int) -> str:
    """YAML of the values of a field, shape [instances] or [instances, size], as `configs.value.field_values` reads it.

    `views` are the names that expressions can use, `columns` how many instances make a row, `indent` that of the key.
    """
    if (values == values[0]).all():
        return _element(field, values[0])
    expression = _expression(values, views) if values.ndim == 1 and not field.enum and field.kind != "bool" else ""
    if expression:
        return f'"{expression}"'
    if (field.kind == "bool" and values.ndim == 1) or field.enum:
        return _list(field, values, indent)
    return _rows(field, values, columns, indent)


def _element(field: Field, value: Any) -> str:
    """One instance: a value, or those of its array."""
    if np.ndim(value) == 0 or (value == value[0]).all():
        return value_text(field, int(np.ravel(value)[0]))
    return f"[{', '.join(value_text(field, int(one)) for one in value)}]"


def _expression(values: Values, views: Mapping[str, Any]) -> str:
    """An expression over one of the coordinates that gives exactly these values, or an empty text."""
    for name, view in views.items():
        change = np.flatnonzero(view != view[0])
        if not len(change):
            continue
        run, rise = int(view[change[0]] - view[0]), int(values[change[0]] - values[0])
        slope, rest = divmod(rise, run)
        if slope == 0 or rest:
            continue
        shift = int(values[0]) - slope * int(view[0])
        if (slope * view + shift == values).all():
            product = name if slope == 1 else f"{slope} * {name}"
            return product if shift == 0 else f"{product} {'+' if shift > 0 else '-'} {abs(shift)}"
        modulus = int(values.max()) + 1
        if slope == 1 and (view % modulus == values).all():
            return f"{name} % {modulus}"
    return ""


def _list(field: Field, values: Values, indent: int) -> str:
    """A list with runs; arrays one below the other."""
    texts = [_element(field, value) for value in values]
    return _wrapped([*_runs(texts, quote=True)], indent, "[", "]", ", ")


def _runs(texts: list[str], *, quote: bool = False) -> list[str]:
    found = []
    for text, group in groupby(texts):
        count = len(list(group))
        is_run = count >= _shortest_run and not text.startswith("[")
        found += [f'"{text} x {count}"' if quote else f"{text} x {count}"] if is_run else [text] * count
    return found


def _rows(field: Field, values: Values, columns: int, indent: int) -> str:
    """A text with a line for each row where there is a number of whole ones, or with as many values as fit."""
    width = columns * (values.shape[1] if values.ndim == 2 else 1)
    texts = [value_text(field, one) for one in values.ravel().tolist()]
    if field.kind == "bool":
        texts = [str(one) for one in values.ravel().tolist()]
    pad = " " * (indent + 2)
    if width > 1 and len(texts) % width == 0 and len(texts) > width:
        wide = max(map(len, texts))
        lines = [texts[start : start + width] for start in range(0, len(texts), width)]
        return "|\n" + "\n".join(pad + _row(line, wide) for line in lines)
    return "|\n" + "\n".join(pad + line for line in wrap(" ".join(_runs(texts)), _width))


def _row(line: list[str], wide: int) -> str:
    if line.count(line[0]) == len(line) and len(line) >= _shortest_run:
        return f"{line[0]} x {len(line)}"
    return " ".join(f"{text:<{wide}}" for text in line).rstrip()  # left, since a text begins where its first line does


def _wrapped(texts: list[str], indent: int, start: str, end: str, between: str) -> str:
    one_line = f"{start}{between.join(texts)}{end}"
    if len(one_line) + indent <= _width:
        return one_line
    pad = " " * (indent + 2)
    lines, line = [], ""
    for text in texts:
        if line and len(line) + len(text) > _width:
            lines.append(line)
            line = ""
        line += f"{text}{between}"
    lines.append(line)
    return f"{start}\n" + "\n".join(pad + one.rstrip() for one in lines) + f"\n{' ' * indent}{end}"
