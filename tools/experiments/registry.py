"""The measurements that experiments can name: `module.function` of this package, or of a Python file beside theirs.

A measurement takes a `Recording` and further arguments by name, and returns a number, an array, or several by name.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

from hicannx.configs.observation import Measure
from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.tools.recording import Recording

Measurement = Callable[..., Any]
_package = "hicannx.tools.experiments"
_mark = "is_measurement"


def measurement(function: Measurement) -> Measurement:
    """Let experiments name this function."""
    setattr(function, _mark, True)
    return function


@cache
def measurements() -> dict[str, Measurement]:
    """All shipped measurements by name."""
    names = sorted(one.name.removesuffix(".py") for one in files(_package).iterdir() if one.name.endswith(".py"))
    modules = [importlib.import_module(f"{_package}.{name}") for name in names if name not in ("__init__", "registry")]
    return {name: one for module in modules for name, one in _marked(module, module.__name__.rpartition(".")[2])}


def measure(recording: Recording) -> dict[str, Any]:
    """Everything that an experiment measures, by name; a DiagnosticError (T760, T761) says what cannot be."""
    found: dict[str, Any] = {name: recording.swept(name) for name in recording.runs[0].point}
    for name, row in recording.experiment.measure.items():
        value = _bound(row)(recording, **row.with_)
        if isinstance(value, Mapping):
            found |= {f"{name}.{key}": one for key, one in value.items()}
        else:
            found[name] = value
    return found


def check_measures(measures: Mapping[str, Measure]) -> None:
    """See before a long run that all functions exist and take their arguments."""
    for row in measures.values():
        _bound(row)


def _bound(row: Measure) -> Measurement:
    known = {**measurements(), **_own(row)}
    if row.by not in known:
        title, help_text = f"there is no measurement `{row.by}`", did_you_mean(row.by, known)
        raise DiagnosticError([Diagnostic("T760", title, row.span, help=help_text)])
    function = known[row.by]
    parameters = list(inspect.signature(function).parameters.values())[1:]
    unknown = sorted(row.with_.keys() - {one.name for one in parameters})
    missing = [one.name for one in parameters if one.default is one.empty and one.name not in row.with_]
    if unknown or missing:
        word = f"does not take `{unknown[0]}`" if unknown else f"needs `{missing[0]}`"
        help_text = f"it takes {', '.join(one.name for one in parameters) or 'nothing'}"
        raise DiagnosticError([Diagnostic("T761", f"`{row.by}` {word}", row.span, help=help_text)])
    return function


def _own(row: Measure) -> dict[str, Measurement]:
    """Measurements of a file `module.py` in the folder of the experiment."""
    name = row.by.partition(".")[0]
    path = Path(row.span.file.name).parent / f"{name}.py"
    if not name.isidentifier() or not path.is_file():
        return {}
    spec = importlib.util.spec_from_file_location(f"_measurements_{name}", path)
    if spec is None or spec.loader is None:
        return {}
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict(_marked(module, name))


def _marked(module: ModuleType, name: str) -> list[tuple[str, Measurement]]:
    found = [(key, one) for key, one in vars(module).items() if getattr(one, _mark, False)]
    own = [(key, one) for key, one in found if one.__module__ == module.__name__]  # not what it imports
    return [(f"{name}.{key}", one) for key, one in own]
