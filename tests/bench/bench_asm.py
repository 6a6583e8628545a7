"""How many source lines per second the assembler takes, on compiler output, each file once and all files again."""

from __future__ import annotations

import platform
import time
from pathlib import Path

from hicannx.asm.assemble import assemble
from hicannx.asm.match import forget
from hicannx.source import SourceFile

programs = Path(__file__).parent.parent / "vectors" / "toolchain" / "c_programs"


def main() -> None:
    """Print both figures."""
    sources = [path.read_text() for path in sorted(programs.glob("*/prog.s"))]
    lines = sum(source.count("\n") for source in sources)
    assemble(SourceFile("warm.s", "nop\n"))
    forget()
    for title in ("statements new", "statements known"):
        start = time.process_time()
        for source in sources:
            assemble(SourceFile("bench.s", source)).object()
        seconds = time.process_time() - start
        print(f"{title}: {lines} lines in {seconds:.3f} s of CPU, {lines / seconds:,.0f} lines/s")
    print(f"{platform.machine()}, Python {platform.python_version()}")


if __name__ == "__main__":
    main()
