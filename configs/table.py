"""Many values at once: lists, rows of numbers in a text, and files beside the configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.configs.picture import load_picture, to_weights
from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.source import Span
from hicannx.structure import structure
from hicannx.yamlsource import Node

Numbers = NDArray[np.int64]

_number = r"-?(?:0x[0-9a-fA-F]{1,30}|\d{1,30})"
_several = re.compile(rf"\s*{_number}(?:\s+(?:x\s+)?{_number})*\s*")
_item = re.compile(rf"({_number})(?:\s+x\s+(\d+))?(?=\s|$)")
_repeat = re.compile(r"\s*(\S+)\s+x\s+(\d+)\s*")
_plain = re.compile(r"(?:\s*\d{1,18}(?!\S))*\s*")
_pictures = (".pgm", ".png", ".jpg", ".jpeg")
_most = 1 << 20


def is_text_of_numbers(value: Any) -> bool:
    """Whether a value is a text of several lines or numbers, and so no expression."""
    return isinstance(value, str) and ("\n" in value or (" " in value.strip() and bool(_several.fullmatch(value))))


def text_numbers(node: Node) -> Numbers:
    """The numbers of a text, `V x N` being N times V; a DiagnosticError (C122) shows what is no number."""
    if _plain.fullmatch(node.value):
        return np.fromstring(node.value, np.int64, sep=" ")
    position, values, counts = 0, [], []
    text = node.value.rstrip()
    while position < len(text):
        found = _item.match(text, position)
        if found is None and not text[position].isspace():
            raise _no_number(text[position:].split()[0], node)
        if found and abs(_integer(found[1])) >= 1 << 62:
            raise _no_number(found[1], node)
        if found:
            values.append(_integer(found[1]))
            counts.append(_count(found[2] or "1", node))
        position = found.end() if found else position + 1
    return np.repeat(np.array(values, dtype=np.int64), counts)


def expanded(items: list[Node]) -> Iterator[Node]:
    """The items of a list, `V x N` being N times V; a DiagnosticError (C122) where N is too large."""
    for item in items:
        found = _repeat.fullmatch(item.value) if isinstance(item.value, str) else None
        if found is None:
            yield item
        else:
            value: Any = found[1]
            value = {"true": True, "false": False}.get(value, value)
            number = re.fullmatch(_number, found[1])
            once = Node(_integer(value) if number else value, item.span)
            yield from [once] * _count(found[2], item)


def file_numbers(node: Node, highest: int, shape: tuple[int, int]) -> Numbers:
    """The numbers of a file: NumPy's .npy, text (.csv, .txt), or a picture, fitted to `shape` (rows, columns).

    Grey levels become 0 to `highest`. A DiagnosticError (C123, C202) says why the file cannot be taken.
    """
    entry = structure(node, dict[str, Node])
    name = entry.get("file")
    if name is None or not isinstance(name.value, str) or len(entry) > 1:
        help_text = "write `{file: weights.npy}`"
        raise DiagnosticError([Diagnostic("C123", "a file is given as `file` alone", node.span, help=help_text)])
    path = Path(name.span.file.name).parent / name.value
    if path.suffix in _pictures:
        return to_weights(load_picture(path, shape[1], shape[0], name.span), highest, None).astype(np.int64)
    try:
        numbers = np.load(path, allow_pickle=False) if path.suffix == ".npy" else _text_file(path)
    except (OSError, ValueError, EOFError, SyntaxError, OverflowError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).splitlines()[0].lower()
        raise _unreadable(name.value, reason, name.span) from None
    if numbers.dtype.kind not in "biu":
        raise _unreadable(name.value, f"it holds {numbers.dtype} and not integers", name.span)
    return numbers.astype(np.int64)


def _integer(text: str) -> int:
    return int(text, 16 if "0x" in text else 10)


def _text_file(path: Path) -> Numbers:
    text = path.read_text(encoding="utf-8").replace(",", " ").replace(";", " ")
    lines = [np.array(line.split(), dtype=np.int64) for line in text.splitlines() if line.split()]
    return np.concatenate(lines) if lines else np.zeros(0, dtype=np.int64)


def _unreadable(name: str, reason: str, span: Span) -> DiagnosticError:
    help_text = "give integers as .npy or as text (.csv, .txt), or a picture (.pgm, .png)"
    return DiagnosticError([Diagnostic("C123", f"cannot take numbers from `{name}`: {reason}", span, help=help_text)])


def _count(text: str, node: Node) -> int:
    if len(text) > 7 or int(text) > _most:
        title = f"{text[:20]} times a value is more than there can be"
        raise DiagnosticError([Diagnostic("C122", title, node.span)])
    return int(text)


def _no_number(word: str, node: Node) -> DiagnosticError:
    header = node.span.text.partition("\n")[0]
    shift = len(header) + 1 if header.startswith(("|", ">")) else 0
    found = re.compile(rf"(?<!\S){re.escape(word)}(?!\S)").search(node.span.text, shift)
    start = node.span.start + found.start() if found else node.span.start
    span = node.span.file.span(start, start + len(word)) if found else node.span
    return DiagnosticError([Diagnostic("C122", f"`{word}` is not a number", span, help="rows hold integers")])
