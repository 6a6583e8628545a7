"""Time and memory to compile configurations: all neurons with their cells and all synapses, each in a process of its own.

Run: python tests/bench/bench_config.py
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from hicannx.emu.analog.topology import switches as connections
from hicannx.regmodel.load import load_registers

root = Path(__file__).resolve().parent.parent.parent
wanted_s, wanted_mb = 2.0, 300
_child = """
import resource, sys
from hicannx.tools.cli import main
code = main(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, file=sys.stderr)
sys.exit(code)
"""


def measure(words: list[str], folder: Path, repeats: int = 3) -> tuple[float, float, float]:
    """The least wall and CPU time in seconds of some runs of `hicannx` with these words, and the most memory in MB."""
    environment = {**os.environ, "PYTHONPATH": str(root)}
    best, least, most = float("inf"), float("inf"), 0.0
    for _ in range(repeats):
        start = time.perf_counter()
        command = [sys.executable, "-c", _child, *words]
        done = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)
        best = min(best, time.perf_counter() - start)
        cpu, megabytes = (float(text) for text in done.stderr.split()[-2:])
        least, most = min(least, cpu), max(most, megabytes)
    return best, least, most


def neurons(draw: np.random.Generator) -> str:
    """Random registers and cells of all neurons, an entry for each."""
    model = load_registers()
    lines = ["registers:"]
    for name in ("NeuronConfig", "NeuronBackendConfig"):
        container = model.containers[name]
        lines.append(f"  {name}:")
        for e in range(container.instances):
            values = {field.name: int(draw.integers(field.low, field.high + 1)) for field in container.fields}
            lines.append(f"    - {{at: {e}, {', '.join(f'{key}: {value}' for key, value in values.items())}}}")
    lines.append("neuron_cells:")
    for e in range(512):
        codes = ", ".join(f"{name}: {draw.integers(0, 1023)}" for name in model.cells.neuron)
        lines.append(f"  - {{at: {e}, {codes}}}")
    return "\n".join(lines) + "\n"


def columns(draw: np.random.Generator) -> str:
    """The same with the values of all neurons in lists."""
    model = load_registers()
    lines = ["registers:"]
    for name in ("NeuronConfig", "NeuronBackendConfig"):
        lines += [f"  {name}:", "    - at: all"]
        for field in model.containers[name].fields:
            lines.append(f"      {field.name}: {draw.integers(field.low, field.high + 1, 512).tolist()}")
    lines += ["neuron_cells:", "  - at: all"]
    lines += [f"    {name}: {draw.integers(0, 1023, 512).tolist()}" for name in model.cells.neuron]
    return "\n".join(lines) + "\n"


def connected(text: str, switches: list[int]) -> str:
    """The text of `columns` with these switches between neighbouring membranes, and all other connections open."""
    for name in connections:
        values = switches if name == "connect_membrane_right" else [0] * len(switches)
        text = re.sub(rf"( {name}: )\[.*\]", rf"\g<1>{values}", text)
    return text


def synapses(draw: np.random.Generator, form: str, folder: Path) -> str:
    """Random weights and labels of all synapses: `text`, `lists`, or `files`."""
    lines = ["synapses:"]
    for array in ("top", "bottom"):
        lines.append(f"  - at: {{synram: {array}}}")
        for name in ("weights", "labels"):
            matrix = draw.integers(0, 64, (256, 256))
            if form == "files":
                np.save(folder / f"{array}_{name}.npy", matrix)
                lines.append(f"    {name}: {{file: {array}_{name}.npy}}")
            elif form == "text":
                lines += [f"    {name}: |", *("      " + " ".join(map(str, row)) for row in matrix.tolist())]
            else:
                lines += [f"    {name}:", *(f"      - {row}" for row in matrix.tolist())]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the figures."""
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    draw = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, text in (
            ("neurons in lists, synapses as text", columns(draw) + synapses(draw, "text", folder)),
            ("neurons in lists, synapses in lists", columns(draw) + synapses(draw, "lists", folder)),
            ("neurons in lists, synapses in files", columns(draw) + synapses(draw, "files", folder)),
            ("an entry a neuron, synapses in lists", neurons(draw) + synapses(draw, "lists", folder)),
        ):
            (folder / "chip.yaml").write_text(text)
            seconds, cpu, megabytes = measure(["config", "encode", "chip.yaml", "-o", "chip.bits"], folder)
            words = (folder / "chip.bits").stat().st_size // 8
            times = f"{seconds:.2f} s wall (wanted {wanted_s:.0f}), {cpu:.2f} s CPU"
            figures = f"{times}, {megabytes:.0f} MB (wanted {wanted_mb})"
            print(f"{title:<37} {len(text) / 1e6:.1f} MB of YAML, {words} words: {figures}")
        seconds, cpu, _ = measure(["config", "dump", "--writes", "chip.bits", "-o", "dump.yaml"], folder)
        print(
            f"dump of these writes: {seconds:.2f} s wall, {cpu:.2f} s CPU, {(folder / 'dump.yaml').stat().st_size / 1e6:.1f} MB"
        )
        seconds, cpu, _ = measure(["config", "diff", "dump.yaml", "chip.bits", "--json"], folder, 1)
        print(f"difference of the dump and its origin, none: {seconds:.2f} s wall, {cpu:.2f} s CPU")
        for title, switches in (("every neuron alone", [0] * 512), ("neurons merged in pairs", [1, 0] * 256)):
            (folder / "chip.yaml").write_text(connected(columns(draw), switches))
            measure(["config", "encode", "chip.yaml", "-o", "chip.bits"], folder, 1)
            seconds, cpu, _ = measure(["bitstream", "run", "chip.bits"], folder, 1)
            print(f"run on the emulated chip, {title}: {seconds:.2f} s wall, {cpu:.2f} s CPU")


if __name__ == "__main__":
    main()
