"""The first difference between a situation and what a record expects; what it leaves out has not changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any, Protocol

from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.situation import Situation, copy_of, set_state

_executors = {"reference": "on_reference:OnReference", "kernel": "on_kernel:OnKernel"}
_word_bytes, _shown_digits = 4, 64


class Executor(Protocol):
    """What carries a situation on."""

    def step(self) -> None:
        """One instruction."""

    def advance(self, cycle: int) -> None:
        """Go on to a cycle, through sleep."""

    def advance_until_asleep(self, cycle: int) -> None:
        """Go on until it sleeps, at most to a cycle."""

    def signal(self, name: str, value: int) -> None:
        """Set input pins (`gin`) or ring the doorbell (`doorbell`)."""

    def finish(self) -> Situation:
        """The situation at the end."""


def on_both(
    before: Situation, drive: Callable[[Executor], None], judge: Callable[[Situation], Outcome | None]
) -> Outcome:
    """Carry a copy on by the reference executor and another by the kernel; the first outcome that is no success."""
    for name, place in _executors.items():
        module, _, kind = place.partition(":")
        executor: Executor = getattr(import_module(f"hicannx.tools.conform.{module}"), kind)(copy_of(before))
        drive(executor)
        outcome = judge(executor.finish()) or passed
        if outcome is not passed:
            return failed(f"{outcome.reason} ({name})", outcome.expected, outcome.got)
    return passed


def expected_after(before: Situation, post: Mapping[str, Any]) -> Situation:
    """The situation that a record expects."""
    expected = copy_of(before)
    set_state(expected, post)
    return expected


def compare(expected: Situation, found: Situation, left_out: Iterable[str] = ()) -> Outcome:
    """Passed, or the first difference; `left_out` are names such as `gpr3`, `srr0`, `cr`."""
    ignored = set(left_out)
    got = dict(_told(found))
    for name, value in _told(expected):
        if name not in ignored and got[name] != value:
            return failed(f"`{name}` differs", _shown(value), _shown(got[name]))
    for address in sorted({one & -_word_bytes for one in (*expected.memory.content, *found.memory.content)}):
        wanted, seen = (one.memory.load(address, _word_bytes) for one in (expected, found))
        if wanted != seen:
            return failed(f"the word at {address:#010x} differs", f"{wanted:#010x}", f"{seen:#010x}")
    for address in sorted({*expected.rows, *found.rows}):
        rows = [one.rows.get(address, b"").rstrip(b"\0").hex() for one in (expected, found)]
        if rows[0] != rows[1]:
            return failed(f"the row at {address:#x} differs", _shown(rows[0]), _shown(rows[1]))
    return passed


def _told(one: Situation) -> Iterator[tuple[str, int | str]]:
    yield from one.special.items()
    yield from ((f"gpr{number}", value) for number, value in enumerate(one.gpr))
    yield from ((f"vr{number}", row.hex()) for number, row in enumerate(one.vr))
    yield "acc", "".join(f"{value:08x}" for value in one.acc)
    yield "vcr", one.vcr.hex()


def _shown(value: int | str) -> str:
    return f"{value:#010x}" if isinstance(value, int) else value[:_shown_digits]
