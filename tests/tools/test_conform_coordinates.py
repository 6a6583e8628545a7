"""`hicannx conform` on golden records of coordinate types, and on records that are wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hicannx.tools.conform.coordinate_conversion import check as check_conversion
from hicannx.tools.conform.coordinate_type import check as check_type
from hicannx.tools.conform.examine import examine
from hicannx.tools.conform.find import find
from hicannx.tools.conform.outcome import Status
from hicannx.tools.conform.record import Context

vectors = Path(__file__).resolve().parent.parent / "vectors" / "registers"
context = Context(vectors)
event = {"from": "NeuronEventOutputOnDLS", "to": "CrossbarInputOnDLS"}
node = {"kind": "inverse", "type": "CrossbarNodeOnDLS"}


def test_golden_records() -> None:
    (result,) = examine(find([vectors / "golden_coordinates.jsonl.xz"]))
    assert [failure.outcome for failure in result.failures] == []
    assert (result.passed, result.skipped) == (100, {})
    assert result.kinds == {"coordinate_conversion": 85, "coordinate_type": 15}


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"kind": "conversion", **event, "enum": 3, "expect": 3}, ""),
        (
            {"kind": "conversion", **event, "enum": 3, "expect": 4},
            "conversion of NeuronEventOutputOnDLS 3 in CrossbarInputOnDLS is another",
        ),
        ({"kind": "conversion", **event, "enum": 3}, "the record has no 'expect'"),
        ({"kind": "conversion", **event, "enum": 8, "expect": 8}, "NeuronEventOutputOnDLS has no number 8 (0 to 7)"),
        ({"kind": "convert", **event, "enum": 3, "expect": 3}, "no check is known for 'convert'"),
        ({"kind": "conversion", "from": "X", "to": "Y", "enum": 3, "expect": 3}, "there is no coordinate type `X`"),
        ({"kind": "exists", "from": "CrossbarInputOnDLS", "to": "SPL1Address", "enum": 12, "expect": False}, ""),
        ({"kind": "exists", "from": "CrossbarInputOnDLS", "to": "SPL1Address", "enum": 11, "expect": True}, ""),
        ({"kind": "roundtrip", "from": "CrossbarInputOnDLS", "to": "SPL1Address", "enum": 11, "expect": 11}, ""),
        ({"kind": "roundtrip", "from": "CrossbarInputOnDLS", "to": "SPL1Address", "enum": 12, "expect": None}, ""),
        (
            {
                "kind": "conversion",
                "from": "SynapseQuadColumnOnDLS",
                "to": "NeuronColumnOnDLS",
                "enum": 33,
                "element": 1,
                "expect": 11,
            },
            "",
        ),
        (
            {
                "kind": "conversion",
                "from": "SynapseQuadColumnOnDLS",
                "to": "NeuronColumnOnDLS",
                "enum": 33,
                "element": 4,
                "expect": 11,
            },
            "conversion of SynapseQuadColumnOnDLS 33 in NeuronColumnOnDLS is another",
        ),
    ],
)
def test_conversions(record: dict[str, Any], reason: str) -> None:
    outcome = check_conversion(record, context)
    assert (outcome.status, outcome.reason) == (Status.FAILED if reason else Status.PASSED, reason)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"kind": "size", "type": "PPUOnDLS", "expect": 2}, ""),
        ({"kind": "size", "type": "PPUOnDLS", "expect": 3}, "size of PPUOnDLS is another"),
        (
            {"kind": "size", "type": "PPUOnDLS"},
            "nothing is known of 'expect' in a record of a coordinate type, or it is missing",
        ),
        ({"kind": "name", "type": "PPUOnDLS", "name": "bottom", "expect": 1}, ""),
        ({"kind": "name", "type": "PPUOnDLS", "name": "middle", "expect": 1}, "name of PPUOnDLS is another"),
        ({"kind": "name", "type": "PPU", "name": "top", "expect": 0}, "there is no coordinate type `PPU`"),
        ({**node, "coordinates": {"CrossbarInputOnDLS": 13, "CrossbarOutputOnDLS": 9}, "expect": 63}, ""),
        ({**node, "coordinates": {"CrossbarInputOnDLS": 2, "CrossbarOutputOnDLS": 9}, "expect": None}, ""),
        ({**node, "coordinates": {"CrossbarInputOnDLS": 2}, "expect": None}, ""),
        (
            {"kind": "sise", "type": "PPUOnDLS", "expect": 2},
            "nothing is known of 'sise' in a record of a coordinate type, or it is missing",
        ),
    ],
)
def test_types(record: dict[str, Any], reason: str) -> None:
    outcome = check_type(record, context)
    assert (outcome.status, outcome.reason) == (Status.FAILED if reason else Status.PASSED, reason)
