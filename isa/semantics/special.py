"""Special registers in lowered code: some are variables of the kernel, the others go through functions."""

from __future__ import annotations

from functools import cache

from hicannx.isa.semantics.facts import load_facts
from hicannx.isa.semantics.state import load_state
from hicannx.isa.semantics.writer import Context

_composed = "XER"


@cache
def _variables() -> dict[str, int]:
    """Numbers of the special registers that live in variables of the kernel."""
    named = {name: spr.number for name, spr in load_facts().sprs.items()}
    return {name: number for name, number in named.items() if name == _composed or name in load_state().registers}


def spr_source(context: Context, number: str) -> str:
    """Read a special register by number; a number known here is plain storage."""
    if number.isdigit():
        return f"spr[{number}]"
    register, result = context.temporary(number), context.local("special")
    word = "if"
    for name, at in _variables().items():
        context.put(f"{word} {register} == {at}:")
        context.put(f"    {result} = {_read(context, name)}")
        word = "elif"
    context.put("else:")
    context.put(f"    {result} = read_spr(chip, ppu, {register}, tick)")
    return result


def _read(context: Context, name: str) -> str:
    if name != _composed:
        return context.variable(name)
    return " | ".join(f"({context.variable(state)} << {bit})" for state, bit in load_facts().xer.items())


def write_spr(context: Context, number: str, value: str) -> None:
    """Write a special register by number."""
    if number.isdigit():
        context.put(f"spr[{number}] = {value}")
        return
    register, held = context.temporary(number), context.temporary(value)
    word = "if"
    for name, at in _variables().items():
        context.put(f"{word} {register} == {at}:")
        for line in _write(context, name, held):
            context.put(f"    {line}")
        word = "elif"
    context.put("else:")
    context.put(f"    write_spr(chip, ppu, {register}, {held}, tick)")


def _write(context: Context, name: str, value: str) -> list[str]:
    if name != _composed:
        return [f"{context.variable(name)} = {value}"]
    return [f"{context.variable(state)} = ({value} >> {bit}) & 1" for state, bit in load_facts().xer.items()]
