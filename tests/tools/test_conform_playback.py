"""Golden records of playback programs: those that are known pass, and a record that is wrong in any way fails."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from hicannx.tools.cli import main
from hicannx.tools.conform.examine import examine
from hicannx.tools.conform.find import find
from hicannx.tools.conform.kind import classify, load_check
from hicannx.tools.conform.outcome import Outcome, Status
from hicannx.tools.conform.record import Context

vectors = Path(__file__).parents[1] / "vectors" / "playback"
with lzma.open(vectors / "golden.jsonl.xz", "rt") as lines:
    golden = [json.loads(line) for line in lines]
elsewhere = ("register", "register_bits", "lower", "value")  # need all register maps


def outcome(record: dict[str, Any]) -> Outcome:
    kind = classify(record, "golden.jsonl")
    assert kind is not None
    return load_check(kind)(record, Context(vectors))


def one_of(kind: str) -> dict[str, Any]:
    return next(record for record in golden if record["kind"] == kind)


@pytest.mark.parametrize(
    "record", [one for one in golden if one["kind"] not in elsewhere], ids=lambda record: record["id"]
)
def test_golden(record: dict[str, Any]) -> None:
    assert outcome(record).status is (Status.SKIPPED if record["kind"] == "behaviour" else Status.PASSED)


def test_files_of_the_worked_example_and_the_initialisation() -> None:
    results = list(examine(find([vectors / "example.json", vectors / "init_sequence.jsonl.xz"])))
    assert [(one.passed, one.failures, one.kinds) for one in results] == [
        (1, [], {"playback_example": 1}),
        (348, [], {"playback_step": 348}),
    ]


def changed(kind: str, **values: Any) -> dict[str, Any]:
    return {**one_of(kind), **values}


tick = {"direction": "from", "messages": [["loopback", {"marker": 1}]]}
wrong = [
    (changed("dictionary", code=9), "the code differs"),
    (changed("dictionary", payload_bits=1), "the payload has another width"),
    (changed("dictionary", name="timing.Nothing"), "there is no `timing.Nothing`"),
    (changed("payload_width", bits=1), "the payload has another width"),
    (changed("field_widths", fields={"payload": 3}), "the width of `payload` differs"),
    (changed("field_widths", fields={"load": 33}), "the width of `load` differs"),
    (changed("field_widths", defaults={"num_bits": 3}), "the default of `num_bits` differs"),
    (changed("stream", words=["0000000000000001"]), "the word of instruction 0 differs"),
    (changed("stream", words=[]), "the word of instruction 0 differs"),
    (changed("stream", messages=[["nothing", {}]]), "there is no `nothing`"),
    (changed("stream", **tick, words=["0200000000000000"]), "word 0 differs"),
    (changed("decode", value=1), "the value differs"),
    (changed("decode_queue", queue="omnibus"), "the answer is kept in another queue"),
    (changed("program", words=["0400000000000000"]), "the word of instruction 0 differs"),
    (changed("timing_rule", commands=[[51, "write X"], [100, "write Y"]]), "statement 1 differs"),
    (changed("timing_rule", commands=[[51, "jump X"]]), "the command `jump X` is not known"),
    ({"call": "x", "input": 0, "expect": {"enable_event_recording": True}}, "`enable_event_recording` differs"),
    ({"call": "x", "input": 0, "expect": {"no such field": 1}}, "no register has these fields"),
]


@pytest.mark.parametrize(("record", "reason"), wrong, ids=[reason for _, reason in wrong])
def test_what_is_wrong(record: dict[str, Any], reason: str) -> None:
    found = outcome(record)
    assert (found.status, found.reason) == (Status.FAILED, reason)


def test_a_register_by_its_fields() -> None:
    record = {"call": "x", "input": 1, "expect": {"enable_event_recording": True}}
    assert outcome(record).status is Status.PASSED


example = json.loads((vectors / "example.json").read_text())
response = example["response_with_systime_sync"]
late = [{**one, "fpga_time": one["fpga_time"] + 1} for one in response["decoded"]]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"words": example["words"][1:]}, "`words` and `bytes` are not the same program"),
        ({"instructions": example["instructions"][:-1]}, "the word of instruction 10 differs"),
        ({"hostarq_frame": {**example["hostarq_frame"], "length": 9}}, "the frame does not carry the program"),
        ({"response_x": {**response, "decoded": late}}, "the time of message 0 differs"),
        ({"response_x": {**response, "words": ["0500000000000007"]}}, "word 1 differs"),
    ],
)
def test_examples_that_are_wrong(values: dict[str, Any], reason: str) -> None:
    found = outcome({**example, **values})
    assert (found.status, found.reason) == (Status.FAILED, reason)


def test_another_object_in_a_file_of_examples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "my_example.json"
    path.write_text('{"what": 1}')
    assert main(["conform", str(path)]) == 1
    assert "error[T403]: no kind of record has the keys of this one: `what`" in capsys.readouterr().out
