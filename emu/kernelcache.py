"""Where compiled kernels are kept: a folder of our own, named by the content of everything they are made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

from hicannx.cache import cache_dir, digest

F = TypeVar("F", bound=Callable[..., Any])

_packages = ("hicannx.emu", "hicannx.isa", "hicannx.regmodel")


@cache
def kernel_dir() -> Path:
    """The folder of the kernels of exactly this content.

    numba checks only the file of a cached function, not the files of the functions that it calls. A folder for
    each content of the packages keeps a changed callee from being used in its old form.
    """
    parts = [version("numba").encode(), version("numpy").encode()]
    for package in _packages:
        parts += sorted(_contents(files(package)))
    folder = cache_dir() / f"kernels-{digest(parts)}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _contents(folder: Traversable) -> list[bytes]:
    found: list[bytes] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += [] if entry.name == "__pycache__" else _contents(entry)
        elif entry.name.endswith((".py", ".yaml", ".lark")):
            found.append(entry.name.encode() + b"\0" + entry.read_bytes())
    return found


_compile: Any = numba.njit
_common: dict[str, Any] = {"_nrt": False, "error_model": "numpy"}
_enclosed: dict[str, Any] = {**_common, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def njit(function: F) -> F:
    """`numba.njit` with its cache in `kernel_dir()`.

    Kernels allocate nothing, so numba's reference counting is off: it would count every array of a state at each call.
    """
    with _our_cache():
        return cast(F, _compile(cache=True, **_common)(function))


def compile_entry(function: Callable[..., Any], signature: Any) -> Any:
    """A function compiled for this signature to be called by its `address`, from the cache in `kernel_dir()`."""
    with _our_cache():
        return numba.cfunc(signature, cache=True, **_common)(function)


@contextmanager
def _our_cache() -> Iterator[None]:
    """Without touching numba's own setting for others."""
    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = str(kernel_dir())
    try:
        yield
    finally:
        config.CACHE_DIR = before


def inner(function: F) -> F:
    """`numba.njit` for what only other kernels call: no way in from Python and no entry of its own in the cache.

    Both would be compiled for every function and cost more than the function itself.
    """
    return cast(F, _compile(**_enclosed)(function))


def merged(function: F) -> F:
    """`inner`, and LLVM puts the function into its caller: for what an inner loop calls once a turn."""
    return cast(F, _compile(**_enclosed, forceinline=True)(function))


def packed(function: F) -> F:
    """`merged`, with products and sums contracted into one rounding: for loops over numbers that LLVM vectorises."""
    return cast(F, _compile(**_enclosed, forceinline=True, fastmath={"contract", "nnan", "nsz"})(function))


def compiled_before() -> bool:
    """Whether a run from this content has finished its compilation."""
    return (kernel_dir() / "complete").exists()


def note_compiled() -> None:
    """Remember that all kernels of this content are compiled."""
    (kernel_dir() / "complete").touch()
