"""The golden vectors of the simulated processor, on the reference executor and the kernel, whole and with exact counts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from hicannx.tools.conform.examine import examine
from hicannx.tools.conform.find import find

vectors = Path(__file__).resolve().parent.parent / "vectors"
_race = "the simulated processor goes on behind the exception, or loses it: what follows synchronises"


@pytest.mark.parametrize(
    ("name", "passed", "skipped"),
    [
        ("scalar_ops.jsonl.xz", 4451, {}),
        ("vector_ops.jsonl.xz", 2224, {}),
        ("programs.jsonl.xz", 120, {}),
        ("fxv_golden.json.xz", 8, {}),
        ("scalar_golden.csv.xz", 3300, {}),
        ("asm_golden.csv.xz", 919, {"the optional operand is accepted here, as by other versions of the assembler": 2}),
        (
            "interrupts.jsonl.xz",
            617,
            {
                "the simulated processor lost or repeated an instruction": 20,
                _race: 16,
                "two requests meet, and the cycle decides which is lost": 6,
            },
        ),
    ],
)
def test_every_record(name: str, passed: int, skipped: dict[str, int]) -> None:
    (result,) = examine(find([vectors / "ppu" / name]))
    assert [(one.place, one.shown, one.outcome) for one in result.failures[:5]] == []
    assert (result.passed, result.skipped) == (passed, Counter(skipped))
