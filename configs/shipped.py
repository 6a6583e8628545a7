"""Where a configuration, kernel or picture lies: a path of the user's, or a name of those that are shipped."""

from __future__ import annotations

from contextlib import suppress
from importlib.resources import files
from pathlib import Path

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.source import Span

_suffixes = {"chips": ".yaml", "experiments": ".yaml", "kernels": ".s", "pictures": ".pgm"}
_words = {"chips": "chip configuration", "experiments": "experiment", "kernels": "kernel", "pictures": "picture"}


def shipped_names(kind: str) -> list[str]:
    """Names of the shipped `chips`, `experiments`, `kernels` or `pictures`."""
    suffix = _suffixes[kind]
    folder = files("hicannx.configs") / kind
    return sorted(one.name.removesuffix(suffix) for one in folder.iterdir() if one.name.endswith(suffix))


def find_shipped(kind: str, name: str, span: Span | None = None) -> Path:
    """The file that `name` stands for: a shipped name, or a path (relative to the file of `span`, if there is one).

    A DiagnosticError (C201) names what is shipped when it is neither; whether a path can be read shows when it is.
    """
    if name in shipped_names(kind):
        return Path(str(files("hicannx.configs") / kind / f"{name}{_suffixes[kind]}"))
    path = Path(name) if span is None else Path(span.file.name).parent / name
    with suppress(OSError, ValueError):  # of texts that cannot be the name of a file
        if path.exists() or path.name != name or path.suffix:
            return path
    title = f"there is no {_words[kind]} named `{name}`"
    help_text = did_you_mean(name, shipped_names(kind))
    raise DiagnosticError([Diagnostic("C201", title, span, help=f"{help_text} or give a path")])
