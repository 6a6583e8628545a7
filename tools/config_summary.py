"""What a configuration sets, as text and as JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from hicannx.configs.chip import LoadedConfig
from hicannx.configs.place import describe_instances
from hicannx.configs.quantity import Solved
from hicannx.regmodel.load import load_registers

_widest = 32


def as_text(loaded: LoadedConfig) -> str:
    """A table of registers and one of quantities."""
    rows = [
        (one["register"], f"{one['chosen']} of {one['instances']}", str(one["words"])) for one in _registers(loaded)
    ]
    total = sum(one["words"] for one in _registers(loaded)) + len(loaded.config.addresses)
    lines = _table([("register", "instances", "words"), *rows])
    if loaded.config.addresses:
        lines.append(f"addresses of no register: {len(loaded.config.addresses)}")
    lines.append(f"{total:,} words are written")
    if loaded.quantities:
        head = ("quantity", "neurons", "wanted", "reached", "set by", "codes", "confidence")
        lines += ["", *_table([head, *(_quantity_row(one) for one in loaded.quantities)])]
    return "\n".join(lines)


def as_json(loaded: LoadedConfig) -> dict[str, Any]:
    """The same with all codes, and where the transfer functions come from."""
    return {
        "registers": _registers(loaded),
        "addresses": len(loaded.config.addresses),
        "quantities": [_quantity(one) for one in loaded.quantities],
    }


def _registers(loaded: LoadedConfig) -> list[dict[str, Any]]:
    return [
        {
            "register": one.container.name,
            "chosen": int(one.chosen.sum()),
            "instances": one.container.instances,
            "words": len(one.words()),
        }
        for one in loaded.config.ordered()
    ]


def _quantity(one: Solved) -> dict[str, Any]:
    return {
        "quantity": one.quantity,
        "set_by": one.knob,
        "neurons": one.neurons.tolist(),
        "wanted": one.wanted.tolist(),
        "reached": one.reached.tolist(),
        "codes": one.codes.tolist(),
        "confidence": one.row.confidence,
        "source": one.row.source,
        "guess": one.row.guess,
    }


def _quantity_row(one: Solved) -> tuple[str, ...]:
    neurons = describe_instances(one.neurons, load_registers().coordinates["neuron"])
    confidence = one.row.confidence + (", with a guess" if one.row.guess else "")
    shown = neurons if len(neurons) <= _widest else f"{len(one.neurons)} neurons"
    return one.quantity, shown, _range(one.wanted), _range(one.reached), one.knob, _range(one.codes), confidence


def _range(values: Any) -> str:
    low, high = float(np.min(values)), float(np.max(values))
    return f"{low:.4g}" if f"{low:.4g}" == f"{high:.4g}" else f"{low:.4g} to {high:.4g}"


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(f"{text:<{width}}" for text, width in zip(row, widths)).rstrip() for row in rows]
