"""Virtual chips in files: npz with the arrays of an instance, its seed and the version of the form."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.emu.instance import Instance
from hicannx.emu.variation import variation_kind

version = 1
_numbers = ("version", "seed", "is_calibrated")
_help = "make one with `hicannx chip new --seed 1 --out chip.npz`"
_unreadable = (ValueError, OSError, EOFError, KeyError, MemoryError, NotImplementedError, RuntimeError)


def save_instance(instance: Instance) -> bytes:
    """The content of a file."""
    stream = io.BytesIO()
    numbers = {"version": version, "seed": instance.seed, "is_calibrated": int(instance.is_calibrated)}
    np.savez_compressed(stream, **numbers, **instance.arrays)  # type: ignore[arg-type]
    return stream.getvalue()


def load_instance(data: bytes, name: str) -> Instance:
    """An instance from the content of a file; a DiagnosticError (E180 to E182) if it is none."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            found = {one: np.asarray(file[one]) for one in file.files if one in _numbers}
            _check_numbers(found, name)
            for one in variation_kind.names or ():
                found[one] = _checked(one, file[one] if one in file.files else None, name)
    except (*_unreadable, zipfile.BadZipFile, zlib.error):
        raise _error("E180", f"`{name}` holds no virtual chip") from None
    arrays = {one: found[one] for one in variation_kind.names or ()}
    return Instance(int(found["seed"]), bool(found["is_calibrated"]), arrays)


def _check_numbers(found: dict[str, NDArray[Any]], name: str) -> None:
    if any(one not in found or found[one].shape or found[one].dtype.kind != "i" for one in _numbers):
        raise _error("E180", f"`{name}` holds no virtual chip")
    if found["version"] != version:
        raise _error("E181", f"`{name}` has version {found['version']} of virtual chips, this software reads {version}")


def _checked(one: str, values: NDArray[Any] | None, name: str) -> NDArray[Any]:
    kind = variation_kind[one]
    if values is None:
        raise _error("E182", f"`{name}` lacks the array `{one}`")
    if values.shape != kind.shape or values.dtype != kind.base:
        wanted, there = _form(kind.base, kind.shape), _form(values.dtype, values.shape)
        raise _error("E182", f"the array `{one}` of `{name}` is {there}, not {wanted}")
    if not np.isfinite(values).all():
        raise _error("E182", f"the array `{one}` of `{name}` has values that are no numbers")
    if one in _positive and (values <= 0).any():
        raise _error("E182", f"the array `{one}` of `{name}` has values that are not positive")
    return values


_positive = ("cell_gain", "capacitor", "intrinsic", "sensor_amplitude", "sensor_tau")


def _form(kind: np.dtype[Any], shape: tuple[int, ...]) -> str:
    return f"{kind} [{', '.join(map(str, shape))}]"


def _error(code: str, title: str) -> DiagnosticError:
    return DiagnosticError([Diagnostic(code, title, help=_help)])
