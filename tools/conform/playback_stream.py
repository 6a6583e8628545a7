"""Instructions or messages and their words, both ways; a single answer's value, and the queue that it goes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.regmodel.playback.messages import Message, decode_messages
from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.playback import as_words, compare
from hicannx.tools.conform.record import Context

_answers = "from"


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Encode, decode and compare."""
    del context
    outcome = compare(record["messages"], record["words"], record.get("direction", _answers))
    if outcome is not passed or "direction" in record:
        return outcome
    words: Any = as_words(record["words"])
    answer = decode_messages(np.asarray(words))[-1]
    if "value" in record and [*answer.fields.values()] != [record["value"]]:
        return failed("the value differs", record["value"], answer.fields)
    if "queue" in record and _queue(answer) != record["queue"]:
        return failed("the answer is kept in another queue", record["queue"], _queue(answer))
    return passed


def _queue(answer: Message) -> str | None:
    """Where the host keeps an answer; a halt only tells it that there are no more."""
    row = load_instructions().messages[answer.name]
    is_halt = "marker" in row.by_name and answer.fields["marker"] == row.field("marker").values["halt"]
    return None if is_halt else row.queue
