"""Checks: what a measured quantity has to be, who says so, and whether it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.source import Span
from hicannx.yamlsource import Node

Numbers = npt.NDArray[np.float64]


@attrs.frozen
class Check:
    """A row: `quantity` has to be `expect` (a number, or a list of one for each element), give or take `within`.

    `within_percent` counts from the expected value; `at_least` and `at_most` are bounds by themselves. With `share`
    that part of the elements has to be in bounds. `source` is where the number comes from, `used_to_set` whether it
    has set a parameter of the model, so that only the code is checked. `id` is the acceptance test that this is.
    """

    quantity: str
    source: str
    span: Span
    what: str = ""
    id: str = ""
    expect: Node | None = None
    within: float | None = None
    within_percent: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    share: float = 1.0
    used_to_set: bool = False

    def bounds(self) -> tuple[Numbers, Numbers]:
        """The lowest and the highest values that are right; a DiagnosticError (C232) where the row says none."""
        tolerances = [one for one in (self.within, self.within_percent) if one is not None]
        limits = [one for one in (self.at_least, self.at_most) if one is not None]
        if (self.expect is None) == (not limits) or len(tolerances) != (self.expect is not None):
            title = f"the check of `{self.quantity}` has no clear bound"
            help_text = "give `expect` and one of `within` and `within_percent`, or `at_least`, `at_most` or both"
            raise DiagnosticError([Diagnostic("C232", title, self.span, help=help_text)])
        if self.expect is None:
            low = -np.inf if self.at_least is None else self.at_least
            return np.asarray(low, float), np.asarray(np.inf if self.at_most is None else self.at_most, float)
        expected = _numbers(self.expect)
        half = np.abs(expected) * (self.within_percent or 0.0) / 100 if self.within is None else self.within
        return expected - half, expected + half

    def bound_text(self) -> str:
        """The bound for people."""
        if self.expect is None:
            low, high = ("" if one is None else f"{one:g}" for one in (self.at_least, self.at_most))
            return f"{low} to {high}" if low and high else f"at least {low}" if low else f"at most {high}"
        values = np.atleast_1d(_numbers(self.expect)).ravel()
        text = f"{values[0]:g}" if len(values) == 1 else f"{len(values)} values"
        return f"{text} +- {self.within:g}" if self.within is not None else f"{text} +- {self.within_percent:g} %"


@attrs.frozen(eq=False)
class Verdict:
    """A check with what was measured: `value`, of several the one that is furthest off; how many are in bounds."""

    check: Check
    value: float
    right: int
    count: int
    is_ok: bool

    def as_text(self) -> str:
        """A line for the terminal."""
        row = self.check
        several = f" ({self.right} of {self.count} in bounds)" if self.count > 1 else ""
        what = f" {row.what}" if row.what else ""
        spent = "; has set a parameter" if row.used_to_set else ""
        verdict = "ok    " if self.is_ok else "FAILED"
        head = f"{verdict} {row.id + ' ' if row.id else ''}{row.quantity}{what}"
        return f"{head}: {self.value:.5g}{several}, has to be {row.bound_text()} ({row.source}{spent})"


def verdict(check: Check, measured: Mapping[str, Any]) -> Verdict:
    """Hold a check against what was measured; a DiagnosticError (C232, C233) if that cannot be done."""
    if check.quantity not in measured:
        title, help_text = f"no quantity `{check.quantity}` is measured", did_you_mean(check.quantity, measured)
        raise DiagnosticError([Diagnostic("C233", title, check.span, help=help_text)])
    values = np.asarray(measured[check.quantity], np.float64)
    low, high = check.bounds()
    if low.shape not in ((), values.shape):
        title = f"`{check.quantity}` has the shape {values.shape}, the check {low.shape}"
        raise DiagnosticError([Diagnostic("C233", title, check.span)])
    off = np.maximum(np.maximum(low - values, values - high), 0).ravel()
    off[np.isnan(off)] = np.inf  # nothing was found to be measured
    right = int((off == 0).sum())
    worst = (
        float(values.ravel()[int(np.argmax(off if off.any() else _margin(values, low, high)))]) if off.size else np.nan
    )
    return Verdict(check, worst, right, values.size, bool(off.size) and right >= check.share * off.size)


def _margin(values: Numbers, low: Numbers, high: Numbers) -> Numbers:
    """The larger, the nearer to a bound."""
    return -np.minimum(values - low, high - values).ravel()


def _numbers(node: Node) -> Numbers:
    try:
        return np.asarray(node.plain(), np.float64)
    except (TypeError, ValueError):
        title = "what is expected is a number or a list of them"
        raise DiagnosticError([Diagnostic("C232", title, node.span)]) from None
