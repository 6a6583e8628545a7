"""A whole program: its words both ways, and as text that means the same words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.regmodel.playback.assemble import assemble
from hicannx.regmodel.playback.check import Place, halt_word
from hicannx.regmodel.playback.show import show
from hicannx.regmodel.playback.words import as_program
from hicannx.source import SourceFile
from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.playback import as_words, compare, first_difference, to_fpga
from hicannx.tools.conform.record import Context


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Encode, decode, show and assemble."""
    del context
    outcome = compare(record["messages"], record["words"], to_fpga)
    return outcome if outcome is not passed else compare_text(as_words(record["words"]))


def compare_text(words: NDArray[np.uint64]) -> Outcome:
    """Whether the text of a program, which a halt may be missing of, gives its words again."""
    halt = np.uint64(halt_word())
    whole = words if len(words) and words[-1] == halt else np.append(words, halt)
    text = "\n".join(show(as_program(whole, Place("the program"))))
    again = assemble(SourceFile("its text", text)).words
    outcome = first_difference("the word", whole.tolist(), again.tolist())
    return failed(f"as text, {outcome.reason}", outcome.expected, outcome.got) if outcome is not passed else passed
