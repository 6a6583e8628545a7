"""What `hicannx conform` tells of records of registers, buses and calls that do not agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hicannx.tools.conform.kind import classify, load_check
from hicannx.tools.conform.outcome import Status
from hicannx.tools.conform.record import Context

word = {"container": "CapMemCell", "enum": 1, "kind": "encode", "fields": {"value": 5}}
quad = {"container": "ExternalPPUMemoryQuad", "kind": "encode", "fields": {"enables": [1, 0, 0, 0]}}
pll = {"container": "ADPLL", "enum": 0, "kind": "encode"}
code = {"container": "JTAGIdCode", "kind": "reject"}
memory: dict[str, Any] = {
    "container": "PPUMemoryBlock",
    "kind": "encode",
    "sequence": [["PPUMemoryWord", 2, 3]],
    "fields_formula": {"value": "(i << 4) | 1"},
}
bytes_of = {
    "container": "x",
    "kind": "encode",
    "sequence": [["ExternalPPUMemoryQuad", 0, 2]],
    "overrides": {"1": {"enables": [1, 0, 0, 0]}},
}
sample: dict[str, Any] = {
    "container": "CADCSampleRow",
    "kind": "composite_decode",
    "sequence": [["CADCSampleQuad", 32768, 2]],
    "words_nonzero_in": {"1": 15},
}
access = {"register": "I2CTempRegister", "op": "read"}
assertion: dict[str, Any] = {"backend": None, "settings": []}
call = {"call": "jtag_pll_write", "args": [3, 12]}


@pytest.mark.parametrize(
    ("record", "kind", "told"),
    [
        ({**word, "words": [5], "addresses": [0x140020], "round_trip": True}, "register", ""),
        ({**word, "words": [4]}, "register", "word 0 differs | 0x4 | 0x5"),
        ({**word, "words": [5, 0]}, "register", "there is another number of words | 2 | 1"),
        ({**word, "addresses": [0x140021]}, "register", "address 0 differs | 0x140021 | 0x140020"),
        (
            {**word, "words_masked": [{"index": 0, "mask": 7, "value": 4}]},
            "register",
            "bits 0x7 of word 0 differ | 0x4 | 0x5",
        ),
        ({**word, "container": "CapMemCel"}, "register", "there is no register `CapMemCel` |  | "),
        ({**word, "kind": "encoded"}, "register", "no check is known for `encoded` |  | "),
        (
            {**word, "fields": {"value": 1024}},
            "register",
            "it is refused: value 1024 does not fit in field `value` of CapMemCell (0 to 1023) |  | ",
        ),
        ({**word, "kind": "decode", "words": [4]}, "register", "field `value` differs | 5 | 4"),
        (
            {**word, "kind": "decode", "words": [4], "fields": {"valu": 4}},
            "register",
            "CapMemCell has no field `valu` |  | ",
        ),
        ({**quad, "byte_enables": [False, False, False, True]}, "register", ""),
        (
            {**quad, "byte_enables": [True, False, False, False]},
            "register",
            "the byte enables differ | [True, False, False, False] | [False, False, False, True]",
        ),
        ({**pll, "backend": "OmnibusChipOverJTAG", "addresses": [0x80000, 0x80001]}, "register", ""),
        ({**pll, "backend": "Omnibus"}, "register", "ADPLL is not reached over Omnibus |  | "),
        ({**code, "words": [2]}, "register", ""),
        ({**code, "words": [3]}, "register", "the words are accepted | rejected | 0x3"),
        (
            {"container": "CapMemCell", "kind": "range", "field": "value", "value": 1023, "valid": True},
            "register_range",
            "",
        ),
        (
            {"container": "CapMemCell", "kind": "range", "field": "value", "value": 1024, "valid": True},
            "register_range",
            "value 1024 of `value` | valid | value 1024 does not fit in field `value` of CapMemCell (0 to 1023)",
        ),
        (
            {"container": "SynapseQuad", "kind": "range", "field": "weights", "value": 63, "valid": False},
            "register_range",
            "value 63 of `weights` | not valid | 63 fits in field `weights`",
        ),
        ({**memory, "words": [1, 17, 33], "addresses": [0x2800002, 0x2800003, 0x2800004]}, "register_sequence", ""),
        ({**memory, "addresses_formula": "0x2800002 + i", "words_formula": "16 * i + 1"}, "register_sequence", ""),
        ({**memory, "words_formula": "16 * i"}, "register_sequence", "word 0 differs | 0x0 | 0x1"),
        ({**memory, "word_count": 4}, "register_sequence", "there is another number of words | 4 | 3"),
        ({**memory, "nonzero_words": {"0": 1, "2": 33}}, "register_sequence", "word 1 differs | 0x0 | 0x11"),
        ({**memory, "overrides": {"1": {"value": 0}}, "nonzero_words": {"0": 1, "2": 33}}, "register_sequence", ""),
        ({**memory, "sequence": [["PPUMemory", 0, 1]]}, "register_sequence", "there is no register `PPUMemory` |  | "),
        (
            {**memory, "words_formula": "j"},
            "register_sequence",
            "the record has a formula that is none: nothing is known by the name 'j' in `j` |  | ",
        ),
        ({**bytes_of, "part_byte_enables": [[True] * 4, [False] * 3 + [True]]}, "register_sequence", ""),
        (
            {**bytes_of, "part_byte_enables": [[True] * 4, [True] * 4]},
            "register_sequence",
            "the byte enables differ | [True, True, True, True] | [False, False, False, True]",
        ),
        (
            {**sample, "expect": [{"part": 1, "field": "samples", "entry_column": 14, "value": 15}]},
            "register_sequence",
            "",
        ),
        (
            {**sample, "expect": [{"part": 1, "field": "samples", "entry_column": 12, "value": 15}]},
            "register_sequence",
            "`samples` of column 12 differs | 15 | 0",
        ),
        ({**access, "expect": [["w", 0x88007848, 0], ["r", 0x88007848], ["r", 0x880078C8]]}, "bus_access", ""),
        (
            {**access, "expect": [["w", 0x88007848, 0]]},
            "bus_access",
            "the operations differ | w 0x88007848 0x0 | w 0x88007848 0x0; r 0x88007848; r 0x880078c8",
        ),
        ({**access, "op": "write", "expect": []}, "bus_access", "I2CTempRegister has no write |  | "),
        ({**access, "op": "reset", "expect": []}, "bus_access", "no check is known for `reset` |  | "),
        (
            {**access, "register": "I2CTempRegist", "expect": []},
            "bus_access",
            "it is refused: there is no backend `I2CTempRegist` |  | ",
        ),
        ({**assertion, "test": "CADCConfig.X", "addresses": [0x2401000], "words32": [193]}, "register_assertion", ""),
        (
            {**assertion, "test": "CADCConfig.X", "addresses": [0x2401001]},
            "register_assertion",
            "CADCConfig does not stand there | 0x2401001 | ",
        ),
        (
            {**assertion, "test": "CADCConfig.X", "words32": [193], "settings": [["reset_wait", 13]]},
            "register_assertion",
            "field `reset_wait` differs | [13] | 12",
        ),
        (
            {**assertion, "test": "CADCConfig.X", "words32": [0xFFFFFFFF]},
            "register_assertion",
            "word 0 differs | 0xffffffff | 0xffff1",
        ),
        (
            {
                **assertion,
                "test": "CADCConfig.X",
                "word_index": 0,
                "mask": 1,
                "expect": 1,
                "op": "nonzero",
                "settings": [["enable", 0]],
            },
            "register_assertion",
            "bits 0x1 of word 0 differ | 0x1 | 0x0",
        ),
        (
            {**assertion, "test": "DACControlBlock.X", "words32": [12, 251, 13, 255]},
            "register_assertion",
            "word 0 differs | 0xd | 0xc",
        ),
        (
            {**assertion, "test": "DACBlock.X"},
            "register_assertion",
            "there is no register `DACBlock` |  | ",
        ),
        (
            {**call, "words": ["0200000000000003", "0300040000000003", "0200000000000004", "030020000000000c"]},
            "lowering",
            "",
        ),
        (
            {**call, "words": ["0200000000000003"]},
            "lowering",
            "the instructions differ | 0200000000000003 | "
            "0200000000000003 0300040000000003 0200000000000004 030020000000000c",
        ),
        (
            {"call": "i2c_read", "args": [0x48, 1, 2], "words": ["0a00000000000000"]},
            "lowering",
            "the instructions differ | 0a00000000000000 | none of 576 registers",
        ),
        ({"call": "tick", "args": [1], "words": []}, "lowering", "`tick` has other arguments |  | [1]"),
        ({"call": "tock", "args": [], "words": []}, "lowering", "no call `tock` is known |  | "),
        ({"call": "jtag_id", "input": 3, "expect": {"manufacturer_id": 1}}, "answer_value", ""),
        ({"call": "jtag_id", "input": 3, "expect": {"version": 1}}, "answer_value", "`version` differs | 1 | 0"),
        (
            {"call": "jtag_id", "input": 2, "expect": {"manufacturer_id": 1}},
            "answer_value",
            "it is refused: the words are none of JTAGIdCode: w0.0 is not set |  | ",
        ),
        ({"call": "x", "input": 2, "expect": {"none": 1}}, "answer_value", "no register has these fields | none | "),
    ],
)
def test_what_is_told(record: dict[str, Any], kind: str, told: str) -> None:
    assert classify(record, "any.jsonl") == kind
    outcome = load_check(kind)(record, Context(Path()))
    shown = f"{outcome.reason} | {outcome.expected} | {outcome.got}" if outcome.reason else ""
    assert shown == told
    if "is known |" in told or "`DACBlock`" in told:
        assert outcome.status is (Status.FAILED if "check" in told else Status.SKIPPED)
