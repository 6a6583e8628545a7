"""Words and messages against those of the official encoder and decoder, and the worked example byte for byte."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.instruction import Instruction, load_instructions
from hicannx.regmodel.playback.messages import Message, annotate, decode_messages, encode_messages
from hicannx.regmodel.playback.schedule import TimedWrite
from hicannx.regmodel.playback.words import decode_program, decode_word, encode_instruction

vectors = Path(__file__).parents[1] / "vectors" / "playback"
short_names = {
    "omnibus_addr": "omnibus_address",
    "hs_note": "highspeed_link_notification",
    "timeout": "timeout_notification",
    **{f"spike{count}": f"spike_pack_{count}" for count in (1, 2, 3)},
    **{f"madc{count}": f"madc_pack_{count}" for count in (1, 2, 3)},
}


def records(name: str = "golden") -> list[dict[str, Any]]:
    with lzma.open(vectors / f"{name}.jsonl.xz", "rt") as lines:
        return [json.loads(line) for line in lines]


golden = records()


def to_fpga(record: dict[str, Any]) -> bool:
    return record.get("direction", "from" if record["kind"].startswith("decode") else "to") == "to"


def expected(record: dict[str, Any]) -> list[tuple[str, dict[str, int]]]:
    return [(short_names.get(name, name), fields) for name, fields in record["messages"]]


def numbers(words: list[str]) -> list[int]:
    return [int(word, 16) for word in words]


def named(records: list[dict[str, Any]]) -> Any:
    return pytest.mark.parametrize("record", records, ids=lambda record: record["id"])


streams = [record for record in golden if "words" in record]


@named([record for record in streams if to_fpga(record)])
def test_instructions_both_ways(record: dict[str, Any]) -> None:
    instructions, words = expected(record), numbers(record["words"])
    assert [encode_instruction(name, **fields) for name, fields in instructions] == words
    assert [decode_word(word) for word in words] == instructions


@named([record for record in streams if not to_fpga(record)])
def test_messages_both_ways(record: dict[str, Any]) -> None:
    messages, words = expected(record), numbers(record["words"])
    assert encode_messages([Message(*message) for message in messages]).tolist() == words
    decoded = decode_messages(np.array(words, np.uint64))
    assert [(message.name, message.fields) for message in decoded] == messages


def row_of(record: dict[str, Any]) -> Instruction:
    table = load_instructions()
    rows = table.instructions if record["direction"] == "to" else table.messages
    return rows[short_names.get(record["short"], record["short"])]


@named([record for record in golden if record["kind"] == "payload_width"])
def test_payload_widths(record: dict[str, Any]) -> None:
    assert row_of(record).payload_bits == record["bits"]


@named([record for record in golden if record["kind"] == "field_widths"])
def test_field_widths_and_defaults(record: dict[str, Any]) -> None:
    row = row_of(record)
    assert {name: row.field(name).width for name in record["fields"]} == record["fields"]
    assert {name: row.field(name).default for name in record.get("defaults", {})} == record.get("defaults", {})


def test_dictionary() -> None:
    ours = {"timing.Setup": "timer_setup", "jtag_from_hicann.Data": "jtag_data"}
    table = load_instructions()
    for record in (record for record in golden if record["kind"] == "dictionary"):
        rows = table.instruction_by_code if record["direction"] == "to" else table.message_by_code
        assert rows[record["code"]].name == ours[record["name"]]
        assert rows[record["code"]].payload_bits == record["payload_bits"]


def test_absolute_times_lower_to_waits() -> None:
    (record,) = (record for record in golden if record["kind"] == "timing_rule")
    assert record["lowered"] == ["timer_setup", "wait_until 49", "write X", "wait_until 99", "write Y"]
    wanted, timed = ProgramBuilder(), ProgramBuilder()
    wanted.setup_timer()
    for time, value in ((49, 1), (99, 2)):
        wanted.wait_until(time)
        wanted.write_words([7], [value])
    timed.schedule([], [], [TimedWrite(cycle, [7], [value]) for value, (cycle, _) in enumerate(record["commands"], 1)])
    assert timed.to_bytes() == wanted.to_bytes()


def test_initialisation_sequence() -> None:
    for record in records("init_sequence"):
        name, fields = decode_word(int(record["word"], 16))
        assert fields == record["fields"]
        assert encode_instruction(name, **fields) == int(record["word"], 16)


def test_worked_example() -> None:
    builder = ProgramBuilder()
    builder.setup_timer()
    builder.write_words([0x88000005, 0x02800123], [1, 0x12345678])
    builder.barrier()
    assert builder.read_words(0x02800123) == range(1)
    builder.barrier()
    builder.spikes([0x1234])
    builder.wait_until(1000)
    builder.halt()
    data = (vectors / "example.bin").read_bytes()
    assert builder.to_bytes() == data
    program = decode_program(data, "example.bin")
    listed = json.loads((vectors / "example.json").read_text())["instructions"]
    assert [program.name(index) for index in range(len(program))] == [
        short_names.get(one["instruction"], one["instruction"]) for one in listed
    ]
    assert [program.fields(index) for index in range(len(program))] == [one["fields"] for one in listed]


@pytest.mark.parametrize("sync", ["without", "with"])
def test_worked_answers(sync: str) -> None:
    answer = json.loads((vectors / "example.json").read_text())[f"response_{sync}_systime_sync"]
    words = numbers(answer["words"])
    decoded = decode_messages(np.array(words, np.uint64))
    for message, one in zip(decoded, answer["decoded"], strict=True):
        assert message.name == short_names.get(one["message"], one["message"])
        assert message.fields == one["fields"]
        assert message.fpga_time == one["fpga_time"]
        assert message.chip_times == tuple(one.get("chip_times", ()))
    if sync == "with":  # then the times are those that the annotation rule gives
        assert encode_messages(annotate(decoded)).tolist() == words


def test_dense_packing_of_80_bit_messages() -> None:
    samples = {"value0": 1, "time0": 2, "value1": 3, "time1": 4, "value2": 5, "time2": 6}
    words = encode_messages([Message("madc_pack_3", samples), Message("omnibus_data", {"data": 255})])
    assert [f"{word:016x}" for word in words] == ["0902000104000306", "0005010000000000", "00ff800000000000"]
