"""A worked example: a program as instructions, words and bytes, and the answers to it with their times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hicannx.regmodel.playback.messages import annotate, decode_messages, encode_messages
from hicannx.regmodel.playback.words import decode_program
from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.playback import as_words, compare, first_difference, to_fpga
from hicannx.tools.conform.playback_program import compare_text
from hicannx.tools.conform.record import Context

_response = "response"


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Encode, decode, show, assemble; decode the answers and put the messages that give their times between them."""
    del context
    named = [(one["instruction"], one["fields"]) for one in record["instructions"]]
    data = bytes.fromhex(record["bytes"])
    words = decode_program(data, "bytes").words
    if words.tolist() != as_words(record["words"]).tolist():
        return failed("`words` and `bytes` are not the same program", code="T402")
    frame = record.get("hostarq_frame")
    if frame and not (frame["length"] == len(words) and frame["bytes"].endswith(record["bytes"])):
        return failed("the frame does not carry the program", record["bytes"], frame["bytes"])
    outcomes = [compare(named, record["words"], to_fpga), compare_text(words)]
    outcomes += [_answers(value) for key, value in record.items() if key.startswith(_response)]
    return next((one for one in outcomes if one is not passed), passed)


def _answers(response: Mapping[str, Any]) -> Outcome:
    wanted = response["decoded"]
    outcome = compare([(one["message"], one["fields"]) for one in wanted], response["words"], "from")
    if outcome is not passed:
        return outcome
    words: Any = as_words(response["words"])
    decoded = decode_messages(np.asarray(words))
    times = [(one["fpga_time"], tuple(one.get("chip_times", ()))) for one in wanted]
    outcome = first_difference("the time of message", times, [(one.fpga_time, one.chip_times) for one in decoded])
    if outcome is passed and any(one.name == "systime" for one in decoded):
        return first_difference("word", words.tolist(), encode_messages(annotate(decoded)).tolist())
    return outcome
