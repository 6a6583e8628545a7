"""What a check found: passed, failed with the reason and both sides, or skipped with the reason."""

from __future__ import annotations

import enum

import attrs


class Status(enum.Enum):
    """How a record came out."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@attrs.frozen
class Outcome:
    """The result of one record; `code` is that of a diagnostic where the record itself is wrong."""

    status: Status
    reason: str = ""
    expected: str = ""
    got: str = ""
    code: str = ""


passed = Outcome(Status.PASSED)


def failed(reason: str, expected: object = "", got: object = "", *, code: str = "") -> Outcome:
    """The record and this software disagree; both sides are shown as text."""
    return Outcome(Status.FAILED, reason, str(expected), str(got), code)


def skipped(reason: str) -> Outcome:
    """Nothing was compared, and why."""
    return Outcome(Status.SKIPPED, reason)
