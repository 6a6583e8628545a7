"""Where compiled kernels are kept: a folder of our own, named by the content of everything they are made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, cached_property, update_wrapper
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core.registry import cpu_target
from numba.extending import typeof_impl

from hicannx.cache import cache_dir, digest
from hicannx.emu.part import part_of

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


_options: dict[str, Any] = {"cache": True, "_nrt": False, "error_model": "numpy"}


class Kernel:
    """A function for kernels, which see a part of theirs in it, and for Python, where it is compiled at its first call.

    Kernels allocate nothing, so numba's reference counting is off: it would count every array of a state at each call.
    """

    def __init__(self, function: Callable[..., Any], is_merged: bool = False) -> None:
        self._function, self._is_merged = function, is_merged
        update_wrapper(self, function)

    def __call__(self, *arguments: Any) -> Any:
        """From Python."""
        return self.compiled(*arguments)

    @cached_property
    def compiled(self) -> Any:
        """What Python calls, from the cache in `kernel_dir()`."""
        with _our_cache():
            return cast(Any, numba.njit)(**_options)(self._function)

    @cached_property
    def part(self) -> Any:
        """What kernels call."""
        return part_of(self._function, self._is_merged)


@cast(Any, typeof_impl).register(Kernel)  # type: ignore[untyped-decorator]
def _kind_of(kernel: Kernel, _: Any) -> Any:
    context: Any = cpu_target.typing_context
    part = kernel.part
    context.refresh()
    return context.resolve_value_type(part)


def njit(function: F) -> F:
    """A function for Python and for kernels."""
    return cast(F, Kernel(function))


inner = njit  # what only other kernels call


def merged(function: F) -> F:
    """`inner`, and LLVM puts the function into its caller: for what an inner loop calls once a turn."""
    return cast(F, Kernel(function, is_merged=True))


def compile_entry(function: Callable[..., Any], signature: Any) -> Any:
    """A function compiled for this signature to be called by its `address`, from the cache in `kernel_dir()`."""
    with _our_cache():
        return cast(Any, numba.cfunc)(signature, **_options)(function)


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


def compiled_before() -> bool:
    """Whether a run from this content has finished its compilation."""
    return (kernel_dir() / "complete").exists()


def note_compiled() -> None:
    """Remember that all kernels of this content are compiled."""
    (kernel_dir() / "complete").touch()
