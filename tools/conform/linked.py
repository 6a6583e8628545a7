"""Placeholder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.tools.conform.outcome import Outcome, skipped
from hicannx.tools.conform.record import Context


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Skip."""
    del record, context
    return skipped("no linker")
