"""Results as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hicannx.tools.conform.examine import Failure, Result
from hicannx.tools.conform.find import Item

_longest = 160


def counts(passed: int, failed: int, skipped: int) -> str:
    """The three numbers in words."""
    return f"{passed} passed, {failed} failed, {skipped} skipped"


def as_lines(result: Result, most: int) -> list[str]:
    """One file: its counts, why records were skipped, and the first `most` failures."""
    lines = [f"{result.path}: {counts(result.passed, len(result.failures), result.skipped.total())}"]
    lines += [f"  skipped {count}: {reason}" for reason, count in result.skipped.items()]
    for failure in result.failures[:most]:
        lines += _failure_lines(failure)
    rest = len(result.failures) - most
    return lines + ([f"  and {rest} more failed"] if most and rest > 0 else [])


def _failure_lines(failure: Failure) -> list[str]:
    one = failure.outcome
    code = f"error[{one.code}]: " if one.code else ""
    sides = (("input", failure.shown), ("expected", one.expected), ("got", one.got))
    lines = [f"    {name:<9} {_short(text)}" for name, text in sides if text]
    return [f"  {failure.place}: {code}{one.reason}", *lines]


def _short(text: str) -> str:
    line = text if text.isprintable() else repr(text)[1:-1]
    return line if len(line) <= _longest else f"{line[:_longest]}... ({len(line)} characters)"


def total_line(results: Sequence[Result]) -> str:
    """The sum over all files."""
    passed, failed, skipped = totals(results)
    ran = "" if passed + failed else ": nothing ran"
    return f"total: {counts(passed, failed, skipped)}{ran}"


def totals(results: Iterable[Result]) -> tuple[int, int, int]:
    """How many records passed, failed, were skipped."""
    rows = [(one.passed, len(one.failures), one.skipped.total()) for one in results]
    passed, failed, skipped = (sum(column) for column in zip(*rows, strict=True)) if rows else (0, 0, 0)
    return passed, failed, skipped


def is_good(results: Iterable[Result]) -> bool:
    """Whether something ran and nothing failed."""
    passed, failed, _ = totals(results)
    return passed > 0 and failed == 0


def as_object(results: Sequence[Result], ignored: Iterable[Item]) -> dict[str, Any]:
    """Everything, every failure included."""
    names = ("passed", "failed", "skipped")
    return {
        "files": [_file_object(one) for one in results],
        "ignored": {str(item.path): item.reason for item in ignored},
        "total": dict(zip(names, totals(results), strict=True)),
    }


def _file_object(one: Result) -> dict[str, Any]:
    return {
        "path": str(one.path),
        "kinds": dict(one.kinds),
        "passed": one.passed,
        "failed": len(one.failures),
        "skipped": dict(one.skipped),
        "failures": [
            {
                "place": failure.place,
                "input": failure.shown,
                "code": failure.outcome.code,
                "reason": failure.outcome.reason,
                "expected": failure.outcome.expected,
                "got": failure.outcome.got,
            }
            for failure in one.failures
        ],
    }
