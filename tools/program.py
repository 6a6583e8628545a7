"""Programs for a processor, from source, ELF file or flat image: the bytes of its memory and what is known of them."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.source import Span
from hicannx.tools.output import read_bytes

_elf_magic = b"\x7fELF"
_own_memory = "internal"


@attrs.frozen
class PlacedSymbol:
    """A name for an address, and how many bytes belong to it; nothing stands there when it is only a number."""

    address: int
    size: int
    is_absolute: bool = False


def _no_line(address: int) -> Span | None:
    del address
    return None


@attrs.frozen
class Program:
    """A memory image that begins at address 0, its symbols, and the source line of an address where it is known.

    `outside` are address and bytes of what stands in other memories than the processor's own. `isa` is how the
    processor treats what silicon has not decided, `rtl` or `power`.
    """

    image: bytes = attrs.field(repr=False)
    symbols: Mapping[str, PlacedSymbol] = attrs.field(factory=dict, repr=False)
    line_at: Callable[[int], Span | None] = _no_line
    outside: tuple[tuple[int, bytes], ...] = attrs.field(default=(), repr=False)
    isa: str = "rtl"

    def describe(self, address: int) -> str:
        """The nearest symbol at or before an address, such as `loop+0x8`; empty where there is none."""
        placed = sorted((one.address, name) for name, one in self.symbols.items() if not one.is_absolute)
        index = bisect_right(placed, (address, "\U0010ffff")) - 1
        if index < 0:
            return ""
        base, name = placed[index]
        return name if base == address else f"{name}+{address - base:#x}"

    def find(self, name: str, span: Span | None = None) -> PlacedSymbol:
        """A symbol by its name; a DiagnosticError (T201) if there is none."""
        symbol = self.symbols.get(name)
        if symbol is None:
            title = f"the program has no symbol `{name}`"
            raise DiagnosticError([Diagnostic("T201", title, span, help=did_you_mean(name, self.symbols))])
        return symbol

    def with_data(self, name: str, data: bytes, span: Span | None = None) -> Program:
        """This program with `data` at a symbol; a DiagnosticError (T201, T202) if there is none or it is too small."""
        symbol = self.find(name, span)
        if len(data) > symbol.size:
            title = f"{len(data)} bytes of data do not fit into the {symbol.size} bytes at symbol `{name}`"
            help_text = f"reserve the room in the program: `{name}: .space {len(data)}`"
            raise DiagnosticError([Diagnostic("T202", title, span, help=help_text)])
        image = bytearray(self.image.ljust(symbol.address + len(data), b"\0"))
        image[symbol.address : symbol.address + len(data)] = data
        return attrs.evolve(self, image=bytes(image))


def load_program(path: str | Path) -> Program:
    """Read an assembly source (`.s`, `.S`), an ELF executable, or a flat image; DiagnosticErrors say what is wrong."""
    if Path(path).suffix in (".s", ".S"):
        return assemble_program(path)
    content = read_bytes(path)
    if content.startswith(_elf_magic):
        return _from_elf(content, path)
    return Program(content)


def assemble_program(path: str | Path) -> Program:
    """Assemble a source file."""
    from hicannx.asm.assemble import assemble

    assembly = assemble(Path(path))
    placed = {
        name: PlacedSymbol(symbol.address, symbol.size)
        for name, symbol in assembly.symbols.items()
        if symbol.chunk is not None
    }
    return Program(assembly.image(), placed, assembly.line_at)


def _placed(symbol: Any) -> PlacedSymbol:
    return PlacedSymbol(symbol["st_value"], symbol["st_size"], symbol["st_shndx"] == "SHN_ABS")


def _from_elf(content: bytes, path: str | Path) -> Program:
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile
    from elftools.elf.sections import SymbolTableSection

    from hicannx.asm.link.images import window_of

    try:
        elf = ELFFile(io.BytesIO(content))
        if elf.header["e_type"] != "ET_EXEC":
            raise DiagnosticError([_not_executable(path)])
        image, outside = bytearray(), []
        for start, data in _loaded(elf):
            window = window_of(start)
            if window is not None and window.memory != _own_memory:
                outside.append((start, data))
            elif window is not None:
                image.extend(bytes(max(0, start + len(data) - len(image))))
                image[start : start + len(data)] = data
        tables = [one for one in elf.iter_sections() if isinstance(one, SymbolTableSection)]
        named = [one for table in tables for one in table.iter_symbols() if one.name and one["st_shndx"] != "SHN_UNDEF"]
        placed = [one for one in named if one["st_info"]["type"] != "STT_FILE"]
        symbols = {one.name: _placed(one) for one in placed}
        return Program(bytes(image), symbols, outside=tuple(outside))
    except (ELFError, ValueError, KeyError, MemoryError, OverflowError) as error:
        title = f"`{path}` is a damaged ELF file: {error}"
        raise DiagnosticError([Diagnostic("T203", title, help="make the file anew")]) from None


def _loaded(elf: Any) -> Iterator[tuple[int, bytes]]:
    """Load address and bytes of what is loaded: sections, so that headers are left out, or else whole segments."""
    from elftools.elf.constants import SH_FLAGS

    sections = [one for one in elf.iter_sections() if one["sh_flags"] & SH_FLAGS.SHF_ALLOC and one["sh_size"]]
    for segment in elf.iter_segments("PT_LOAD"):
        inside = [one for one in sections if segment.section_in_segment(one) and one["sh_type"] != "SHT_NOBITS"]
        shift = segment["p_paddr"] - segment["p_vaddr"]
        yield from ((one["sh_addr"] + shift, one.data()) for one in inside)
        if not sections:
            yield segment["p_paddr"], segment.data()


def _not_executable(path: str | Path) -> Diagnostic:
    return Diagnostic("T204", f"`{path}` is not linked yet", help="assemble it with `--format elf`, or link it")
