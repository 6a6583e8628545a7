"""A cache of our own for things derived from the description: parsed tables, grammars, compiled kernels."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

from hicannx import __version__

T = TypeVar("T")

_package = Path(__file__).resolve().parent
# Installed, the layers are folders of the package; in a checkout they stand beside it.
_beside = ("isa", "asm", "regmodel", "emu", "configs", "tools")
_folders = [_package] if (_package / "isa").is_dir() else [_package, *(_package.parent / one for one in _beside)]


def cache_dir() -> Path:
    """The folder of the cache, made when missing: `HICANNX_CACHE_DIR`, or `hicannx` in the user's cache folder."""
    chosen = os.environ.get("HICANNX_CACHE_DIR")
    root = Path(chosen) if chosen else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hicannx"
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError:
        root = _for_now()
    return root


def cache_folder(name: str, last: str) -> Path:
    """A folder in that of the cache, made when missing; where that cannot be, one that is for this process alone.

    So is one that cannot be written to, unless it has the file `last`, which tells that nothing is to come.
    """
    try:
        folder = cache_dir() / name
        folder.mkdir(exist_ok=True)
        is_useful = os.access(folder, os.W_OK) or (folder / last).exists()
    except OSError:
        is_useful = False
    if not is_useful:
        folder = _for_now() / name
        folder.mkdir()
    return folder


def _for_now() -> Path:
    """A folder for this process and those that it starts."""
    root = tempfile.mkdtemp(prefix="hicannx-")
    os.environ["HICANNX_CACHE_DIR"] = root
    return Path(root)


@cache
def code_stamp() -> bytes:
    """What tells one state of our own code from another: names, sizes and times of all its files."""
    stamps: list[str] = []
    for folder in _folders:
        stamps += _stamps(folder)
    return "\n".join(stamps).encode()


def _stamps(folder: Path | str) -> Iterator[str]:
    with os.scandir(folder) as found:
        for entry in sorted(found, key=lambda one: one.name):
            if entry.name.endswith(".py"):
                status = entry.stat()
                yield f"{entry.name} {status.st_size} {status.st_mtime_ns}"
            elif entry.is_dir() and entry.name != "__pycache__":
                yield from _stamps(entry.path)


def digest(parts: Iterable[bytes]) -> str:
    """A short hash of the content, our own code, this version and the interpreter."""
    state = hashlib.sha256(f"{__version__} {sys.version_info[:2]}".encode() + code_stamp())
    for part in parts:
        state.update(len(part).to_bytes(8, "big") + part)
    return state.hexdigest()[:24]


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that no reader ever sees half of it."""
    with open_atomically(path) as stream:
        stream.write(content)


@contextlib.contextmanager
def open_atomically(path: Path) -> Iterator[BinaryIO]:
    """A new file that appears, in place of an older one, at the end of the block, and not at all where that fails.

    A link still leads to the file then; pipes and devices are written to as they are.
    """
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file() and not path.is_dir():
        with path.open("wb") as stream:
            yield stream
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as new:
            yield new
        os.chmod(name, 0o666 & ~_umask())  # as an ordinary new file; a temporary one only its owner may read
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def cached(kind: str, parts: Iterable[bytes], build: Callable[[], T]) -> T:
    """The pickled result of an earlier `build()` from the same content, or a new one, kept for the next time."""
    path = cache_dir() / f"{kind}-{digest(parts)}.pickle"
    with contextlib.suppress(Exception):  # a missing, cut or foreign cache entry is simply made anew
        return cast(T, pickle.loads(path.read_bytes()))
    value = build()
    with contextlib.suppress(OSError, pickle.PicklingError, AttributeError, TypeError):
        write_atomically(path, pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL))
    return value
