"""Units in which potentials are read, counts of the MADC and of the CADC, and neurons by number."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from hicannx.emu.wiring import neurons
from hicannx.regmodel.transfer import load_transfer

Array = npt.NDArray[Any]


def constant(name: str) -> float:
    """A constant of the transfer table."""
    return load_transfer().constants[name].value


def as_madc(volts: Array) -> Array:
    """Potentials as words of the MADC, not rounded."""
    return (np.asarray(volts, np.float64) - constant("madc_zero_v")) / constant("madc_lsb_v")


def as_cadc(volts: Array) -> Array:
    """Potentials as counts of a calibrated CADC, not rounded."""
    return (np.asarray(volts, np.float64) - constant("cadc_zero_v")) / constant("cadc_lsb_v")


def in_unit(volts: Array, unit: str) -> Array:
    """Potentials in `V`, `madc` or `cadc`."""
    if unit == "V":
        return np.asarray(volts, np.float64)
    return as_madc(volts) if unit == "madc" else as_cadc(volts)


def numbers(chosen: int | str | list[Any]) -> npt.NDArray[np.int64]:
    """Neurons by number: 5, `0..9`, or a list of these."""
    if isinstance(chosen, list):
        return np.concatenate([numbers(one) for one in chosen])
    first, _, last = str(chosen).partition("..")
    found = np.arange(int(first), int(last or first) + 1)
    return found[found < neurons]
