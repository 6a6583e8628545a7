"""A whole BrainScaleS-2 neuromorphic chip (HICANN-X) in software: description, toolchain, emulator.

>>> import hicannx
>>> hicannx.__version__
'0.1.0'
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

__version__ = "0.1.0"

# A checkout keeps isa/, asm/, ... beside this folder: appending their parent makes a fresh clone work uninstalled.
_checkout = Path(__file__).resolve().parent.parent
if (_checkout / "isa" / "__init__.py").is_file() and str(_checkout) not in __path__:
    __path__.append(str(_checkout))

_facade = {
    "assemble": "hicannx.asm.assemble",
    "load_config": "hicannx.configs.chip",
    "Chip": "hicannx.emu.chip",
}

__all__ = ["Chip", "__version__", "assemble", "load_config"]


def __getattr__(name: str) -> Any:
    """Import a name of the façade when it is first used, so that `import hicannx` stays cheap."""
    if name not in _facade:
        raise AttributeError(f"module 'hicannx' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(_facade[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
