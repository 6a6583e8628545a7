"""The runtime library and the linker script that suits the processor, which are part of this package."""

from __future__ import annotations

from importlib.resources import files

from hicannx.asm.link.archive import Member
from hicannx.cache import cached
from hicannx.source import SourceFile

_package = "hicannx.asm.runtime"
script_name = "ppu.x"


def default_script() -> SourceFile:
    """The linker script for programs that bring none."""
    return SourceFile(script_name, (files(_package) / script_name).read_text(encoding="utf-8"))


def runtime_members() -> list[Member]:
    """The library: one object of each source."""
    sources = {one.name: one.read_bytes() for one in files(_package).iterdir() if one.name.endswith(".s")}
    parts = [part for name in sorted(sources) for part in (name.encode(), sources[name])]
    objects = cached("runtime", parts, lambda: {name: _object(name, sources[name]) for name in sorted(sources)})
    return [Member("runtime", name.replace(".s", ".o"), content) for name, content in objects.items()]


def _object(name: str, source: bytes) -> bytes:
    from hicannx.asm.assemble import assemble

    return assemble(SourceFile(name, source.decode())).object()
