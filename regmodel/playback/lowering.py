"""Accesses to registers as playback instructions, over whatever bus reaches them, and words from the answers to reads.

What each backend needs stands in `maps/buses.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.regmodel.bus import Backend, Step, usual_backend
from hicannx.regmodel.codec import decode
from hicannx.regmodel.container import Container, Place
from hicannx.regmodel.formula import evaluate
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.access import full_byte_enables
from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.regmodel.playback.words import encode_instructions

Words = NDArray[np.uint64]
Values = Mapping[str, Any]

_through = ("write", "read")  # steps that stand for an access over this one


@attrs.frozen
class Route:
    """A way to the words of a container: the place that it has in an address space, and the backend that goes there."""

    container: Container
    place: Place
    backend: Backend


def route(container: Container, access: str, backend: str | None = None) -> Route:
    """The way for a `write` or a `read`: the usual one, or that over a backend.

    DiagnosticError R142 where there is no such backend, R143 where the access cannot be done (so).
    """
    buses = load_registers().buses
    if backend is not None:
        find_backend(backend)
    ways = list(buses.routes(container, access))
    for place, one in ways:
        if backend in (None, one.name):
            return Route(container, place, one)
    verb = {"write": "written", "read": "read"}[access]
    over = f" over {backend}" if backend else ""
    others = ", ".join(one.name for _, one in ways)
    help_text = f"use {others}" if others else "its `access` in the register maps tells what it offers"
    raise DiagnosticError([Diagnostic("R143", f"{container.name} cannot be {verb}{over}", help=help_text)])


def find_backend(name: str) -> Backend:
    """The backend of a name. DiagnosticError R142."""
    backends = load_registers().buses.backends
    if name in backends:
        return backends[name]
    raise DiagnosticError([Diagnostic("R142", f"there is no backend `{name}`", help=did_you_mean(name, backends))])


def lower_write(way: Route, instances: ArrayLike, words: ArrayLike, byte_enables: ArrayLike | None = None) -> Words:
    """Instructions that write `words` [instances, words] of some instances in order, word by word.

    `byte_enables` (bit i: byte i of a word) are one for each instance, or for all. DiagnosticError B103.
    """
    addresses = way.container.addresses_of(np.atleast_1d(instances), way.place)
    enables = full_byte_enables() if byte_enables is None else byte_enables
    if np.ndim(enables):
        enables = np.broadcast_to(np.reshape(enables, (-1, 1)), addresses.shape)
    values = {"address": addresses, "word": np.reshape(words, addresses.shape), "byte_enables": enables}
    return _lower(way.backend.write, values)


def lower_read(way: Route, instances: ArrayLike) -> Words:
    """Instructions that read all words of some instances in order. DiagnosticError B103."""
    addresses = way.container.addresses_of(np.atleast_1d(instances), way.place)
    return _lower(way.backend.read, {"address": addresses})


def lower_register(
    backend: Backend, access: str, address: int, word: int = 0, byte_enables: int | None = None
) -> Words:
    """Instructions for one word at an address of a backend's space. DiagnosticError B103."""
    enables = full_byte_enables() if byte_enables is None else byte_enables
    values = {"address": np.array([address]), "word": word, "byte_enables": enables}
    return _lower(backend.steps(access), values)


def _lower(steps: Sequence[Step], values: Values) -> Words:
    """The instructions of all steps for each word, those of one word together; values are arrays or plain numbers."""
    return _stacked(steps, {name: np.ravel(one) if np.ndim(one) else one for name, one in values.items()}).ravel()


def _stacked(steps: Sequence[Step], values: Values) -> Words:
    """Instructions of shape [words, steps]; a step that is an Omnibus access counts as those of that."""
    return np.concatenate([_instructions(step, values) for step in steps], axis=1)


def _instructions(step: Step, values: Values) -> Words:
    count = len(values["address"])
    if step.instruction in _through:
        inner: dict[str, Any] = {
            name: np.broadcast_to(evaluate(text, values), count) for name, text in step.fields.items()
        }
        inner["byte_enables"] = full_byte_enables()
        return _stacked(find_backend(usual_backend).steps(step.instruction), inner)
    row = load_instructions().instructions[step.instruction]
    fields = {name: evaluate(text, {**values, **row.field(name).values}) for name, text in step.fields.items()}
    words = encode_instructions(row.name, **fields)
    return (words if len(words) == count else np.broadcast_to(words, count))[:, None]


@attrs.frozen
class Answers:
    """What a read of one word gives back: so many messages of a kind."""

    message: str
    count: int


def answers_of(backend: Backend) -> Answers:
    """Name and number of the messages that answer the read of one word over a backend."""
    names = [name for step in backend.read for name in _answer(step)]
    return Answers(names[0], len(names))


def _answer(step: Step) -> list[str]:
    if step.instruction in _through:
        return [name for one in find_backend(usual_backend).steps(step.instruction) for name in _answer(one)]
    row = load_instructions().instructions[step.instruction]
    wanted = row.responds_if is None or step.fields.get(row.responds_if, "0") != "0"
    return [row.response] if row.response and wanted else []


def words_from_answers(way: Route, answers: Sequence[int]) -> list[int]:
    """The words of one instance from the data of all messages that answer its read, in order.

    DiagnosticError R144 where a number of messages is missing, R145 where a device did not acknowledge.
    """
    backend, each = way.backend, answers_of(way.backend).count
    wanted = each * way.container.words
    if len(answers) != wanted:
        title = f"a read of {way.container.name} over {backend.name} has {wanted} answers, {len(answers)} are given"
        raise DiagnosticError([Diagnostic("R144", title)])
    if any(int(one) & backend.no_acknowledge for one in answers):
        title = f"no device acknowledges the read of {way.container.name} over {backend.name}"
        help_text = "the device is not on this board, has no power, or its branch of the bus is not connected"
        raise DiagnosticError([Diagnostic("R145", title, help=help_text)])
    groups = (answers[first : first + each] for first in range(0, wanted, each))
    return [_joined([int(one) for one in group], backend) for group in groups]


def _joined(answers: list[int], backend: Backend) -> int:
    if not backend.answer_bits:
        return answers[0]
    word = 0
    for one in answers:
        word = word << backend.answer_bits | one & (1 << backend.answer_bits) - 1
    return word >> backend.shift


def decode_answers(container: Container, e: int, answers: Sequence[int], backend: str | None = None) -> dict[str, Any]:
    """The values of the fields of instance `e` from the answers to its read.

    DiagnosticError R142 to R145, and those of `decode`.
    """
    return decode(container, words_from_answers(route(container, "read", backend), answers), e)
