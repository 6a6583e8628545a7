"""Where compiled kernels are kept: a folder of our own, named by the content of everything they are made from.

numba is imported only where something has to be compiled.
"""

from __future__ import annotations

import ctypes
import hashlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache, cached_property, update_wrapper
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np

from hicannx.cache import cache_folder, digest, write_atomically

F = TypeVar("F", bound=Callable[..., Any])

_packages = ("hicannx.emu", "hicannx.isa", "hicannx.regmodel")
_last = "complete"  # the file that is written when all are compiled


@cache
def kernel_dir() -> Path:
    """The folder of the kernels of exactly this content, these compilers and this processor."""
    from hicannx.emu.loadedcode import host

    parts = [host(), np.__version__.encode(), *_numba_version()]
    for package in _packages:
        parts += sorted(_contents(files(package)))
    return cache_folder(f"kernels-{digest(parts)}", _last)


def _numba_version() -> Iterator[bytes]:
    """The file that has it; both numba and the list of installed packages would take long to read."""
    spec = find_spec("numba")
    if spec is not None and spec.origin is not None:
        yield Path(spec.origin).with_name("_version.py").read_bytes()


def _contents(folder: Traversable) -> list[bytes]:
    found: list[bytes] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += [] if entry.name == "__pycache__" else _contents(entry)
        elif entry.name.endswith((".yaml", ".lark")):  # our own code is in every digest
            found.append(entry.name.encode() + b"\0" + entry.read_bytes())
    return found


class Code(NamedTuple):
    """Object code, what kinds of numbers it returns (see arguments.py), and whether another process can use it."""

    results: str
    code: bytes
    is_lasting: bool = True


def kept_code(name: str, compile_it: Callable[[], Code]) -> Code:
    """Code of this name from the folder, or compiled now and kept for the next time."""
    path = kernel_dir() / f"{name}.code"
    if path.exists():
        results, _, code = path.read_bytes().partition(b"\n")
        return Code(results.decode(), code)
    found = compile_it()
    if found.is_lasting:
        with suppress(OSError):
            write_atomically(path, found.results.encode() + b"\n" + found.code)
    return found


class Kernel:
    """A function for kernels, which see a part of theirs in it, and for Python, where it is compiled at its first call.

    Kernels allocate nothing and raise nothing.
    """

    def __init__(self, function: Callable[..., Any], form: str) -> None:
        self._function, self._form = function, form
        self._compiled: dict[tuple[str, ...], Callable[[list[int]], Any]] = {}  # by the kinds of arguments
        self._loaded: dict[tuple[str, ...], tuple[int, str]] = {}
        update_wrapper(self, function)

    def __call__(self, *arguments: Any) -> Any:
        """The result, for Python."""
        from hicannx.emu.arguments import flatten

        kinds: list[str] = []
        words: list[int] = []
        blocks: list[Any] = []  # these have to live until the kernel returns
        for one in arguments:
            if type(one) is int:
                kinds.append("i")
                words.append(one)
            else:
                _, kind, word, block = flatten(one)
                kinds.append(kind)
                words.append(word)
                blocks.append(block)
        run = self._compiled.get(tuple(kinds))
        if run is None:
            run = self._compiled[tuple(kinds)] = self._compile(tuple(kinds), arguments)
        return run(words)

    def code(self, kinds: tuple[str, ...], arguments: tuple[Any, ...]) -> tuple[int, str]:
        """The address of the code for arguments of these kinds, and the kinds of its results."""
        from hicannx.emu.loadedcode import load

        def compile_it() -> Code:
            from hicannx.emu.objectcode import block_code

            return block_code(self._function, arguments)

        if kinds not in self._loaded:
            status = Path(self._function.__code__.co_filename).stat()  # not every kernel is one of the packages
            own = f"{kinds} {status.st_size} {status.st_mtime_ns}".encode()
            name = f"{self.__module__}.{self._function.__name__}-{hashlib.sha256(own).hexdigest()[:16]}"
            found = kept_code(name, compile_it)
            self._loaded[kinds] = load(found.code), found.results
        return self._loaded[kinds]

    def _compile(self, kinds: tuple[str, ...], arguments: tuple[Any, ...]) -> Callable[[list[int]], Any]:
        from hicannx.emu.arguments import results

        address, found = self.code(kinds, arguments)
        call = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(address)
        count, room, is_number = len(kinds), [0] * len(found), found == "i"

        def run(words: list[int]) -> Any:
            block = array("q", words + room)
            call(block.buffer_info()[0])
            return block[count] if is_number else results(found, block[count:])

        return run

    @cached_property
    def part(self) -> Any:
        """What kernels call."""
        from hicannx.emu.part import part_of

        return part_of(self._function, self._form)


def njit(function: F) -> F:
    """A function for Python and for kernels."""
    return cast(F, Kernel(function, "called"))


inner = njit  # what only other kernels call


def merged(function: F) -> F:
    """`inner`, and LLVM puts the function into its caller: for what an inner loop calls once a turn."""
    return cast(F, Kernel(function, "merged"))


def packed(function: F) -> F:
    """`merged`, with products and sums contracted into one rounding: for loops over numbers that LLVM vectorises."""
    return cast(F, Kernel(function, "packed"))


def written(function: Callable[..., Any]) -> Any:
    """What only kernels call, and whose code the function writes in LLVM's language: a `numba.extending.intrinsic`."""
    return Kernel(function, "written")


def compiled_before() -> list[int]:
    """The places of all entries of the kernel, if a run from this content has finished its compilation."""
    path = kernel_dir() / _last
    return [int(place) for place in path.read_text().split()] if path.exists() else []


def note_compiled(places: Iterable[int]) -> None:
    """Remember that all kernels of this content are compiled, and where the kernel has entries."""
    write_atomically(kernel_dir() / _last, " ".join(map(str, places)).encode())
