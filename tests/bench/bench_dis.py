"""How many words per second the disassembler takes, beside GNU objdump and capstone on the same bytes where present."""

from __future__ import annotations

import platform
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from hicannx.isa.disassemble import disassemble_image
from hicannx.isa.load import load_isa

count = 120_000


def distinct_words() -> list[int]:
    """Words of all rows in random order, no two alike, the same each time."""
    chance = random.Random(7)
    rows = list(load_isa().instructions.values())
    words = {row.match | chance.getrandbits(32) & ~row.mask for _ in range(count // len(rows) + 1) for row in rows}
    found = sorted(words)
    chance.shuffle(found)
    return found


def seconds(action: Callable[[], object]) -> float:
    """Wall-clock time of one call."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def ours(image: bytes) -> float:
    """CPU time of this process for all texts."""
    isa = load_isa()
    start = time.process_time()
    for _ in disassemble_image(isa, image):
        pass
    return time.process_time() - start


def objdump(image: bytes) -> float | None:
    """Time of a whole run of GNU objdump that throws its text away."""
    program = shutil.which("powerpc-linux-gnu-objdump")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "words.bin"
        path.write_bytes(image)
        command = [program, "-D", "-z", "-b", "binary", "-m", "powerpc:common", "-EB", "-Mpower7", str(path)]
        return seconds(lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True))


def capstone(image: bytes) -> float | None:
    """Time of the capstone library for all texts."""
    try:
        import capstone as library  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return None
    engine = library.Cs(library.CS_ARCH_PPC, library.CS_MODE_32 | library.CS_MODE_BIG_ENDIAN)
    engine.skipdata = True
    return seconds(lambda: sum(1 for _ in engine.disasm_lite(image, 0)))


def main() -> None:
    """Print words per second of each, and how they compare."""
    words = distinct_words()
    image = b"".join(word.to_bytes(4, "big") for word in words)
    first = ours(image)
    measured = {"hicannx, new words": first, "hicannx, again": ours(image), "objdump": objdump(image)}
    measured["capstone"] = capstone(image)
    for name, taken in measured.items():
        if taken is None:
            print(f"{name}: not installed")
        else:
            print(
                f"{name}: {len(words)} words in {taken:.3f} s, {len(words) / taken:,.0f} words/s, {first / taken:.2f}x"
            )
    print(f"{platform.machine()}, Python {platform.python_version()}")


if __name__ == "__main__":
    main()
