"""An instruction of a sequence with its word, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.tools.conform.outcome import Outcome
from hicannx.tools.conform.playback import compare, to_fpga
from hicannx.tools.conform.record import Context


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Encode and decode."""
    del context
    return compare([(record["instruction"], record["fields"])], [record["word"]], to_fpga)
