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
    """Declare the arguments of the verb: none of its own."""


def run(options: argparse.Namespace) -> int:
    """Print what there is."""
    facts = {
        "version": __version__,
        "python": platform.python_version(),
        "package": str(files("hicannx")),
        "cache": str(cache_dir()),
    }
    shipped = {kind: shipped_names(kind) for kind in ("experiments", "chips", "kernels", "pictures")}
    if options.json:
        print_json({**facts, "shipped": shipped})
        return 0
    for name, value in [*facts.items(), *((kind, ", ".join(names)) for kind, names in shipped.items())]:
        print(f"{name:<12} {value}")
    return 0
