"""`hicannx info`: the version, where things lie, and what is shipped."""

from __future__ import annotations

import argparse
import platform
from importlib.resources import files

from hicannx import __version__
from hicannx.cache import cache_dir
from hicannx.configs.shipped import shipped_names
from hicannx.tools.output import print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("--registers", action="store_true", help="list all registers, and what they do in the emulator")


def run(options: argparse.Namespace) -> int:
    """Print what there is."""
    return _print_registers(options.json) if options.registers else _print_places(options.json)


def _print_places(is_json: bool) -> int:
    facts = {
        "version": __version__,
        "python": platform.python_version(),
        "package": str(files("hicannx")),
        "cache": str(cache_dir()),
    }
    shipped = {kind: shipped_names(kind) for kind in ("experiments", "chips", "kernels", "pictures")}
    if is_json:
        print_json({**facts, "shipped": shipped})
        return 0
    for name, value in [*facts.items(), *((kind, ", ".join(names)) for kind, names in shipped.items())]:
        print(f"{name:<12} {value}")
    return 0


def _print_registers(is_json: bool) -> int:
    """A line a container."""
    import attrs

    from hicannx.emu.registerlist import list_registers

    rows = [attrs.asdict(one) for one in list_registers()]
    if is_json:
        print_json({"registers": rows})
        return 0
    widths = {key: max(len(key), *(len(str(row[key])) for row in rows)) for key in rows[0]}
    for row in [dict(zip(widths, widths)), *rows]:
        print("  ".join(_aligned(row[key], width) for key, width in widths.items()).rstrip())
    return 0


def _aligned(value: str | int, width: int) -> str:
    return f"{value:>{width}}" if isinstance(value, int) else f"{value:<{width}}"
