"""Compiled functions that a kernel calls by address, so that they are not compiled again as a part of each caller.

numba puts a copy of every callee into its caller and optimises it once more; for the processor's instructions that
would be most of the time of compilation, several times over.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hicannx.emu.arguments import flatten
from hicannx.emu.kernelcache import Code, kept_code, written
from hicannx.emu.loadedcode import load
from hicannx.emu.state import ChipState


@written
def call_entry(context: Any, address: Any, *arguments: Any) -> tuple[Any, Callable[..., Any]]:
    """`function(chip, number, ...)`, a number, for the address of a function that `make_entry` has compiled."""
    return _call(arguments, is_rare=False)


@written
def ask_entry(context: Any, address: Any, *arguments: Any) -> tuple[Any, Callable[..., Any]]:
    """`call_entry` for what is seldom asked for: LLVM keeps registers for the other way."""
    return _call(arguments, is_rare=True)


def _call(arguments: Any, is_rare: bool) -> tuple[Any, Callable[..., Any]]:
    from llvmlite import ir

    from hicannx.emu.part import types, unpack

    given = arguments[0].types if hasattr(arguments[0], "types") else arguments
    signature = types.int64(types.int64, types.StarArgTuple(given))

    def generate(target: Any, builder: Any, _: Any, values: Any) -> Any:
        kinds = [target.get_value_type(one) for one in given]
        function = ir.FunctionType(target.get_value_type(signature.return_type), kinds)
        address = builder.inttoptr(values[0], function.as_pointer())
        result = builder.call(address, unpack(builder, values[1]), cconv=entry_convention)
        if is_rare:
            set.add(result.attributes, "cold")  # llvmlite knows it of functions only
        return result

    return signature, generate


entry_convention = "preserve_mostcc"  # the caller finds its registers as they were; C calls it as its own functions
Field = tuple[int, int]  # of a word: by how much it is shifted, and the mask then


def make_switch(cases: Sequence[tuple[Callable[..., int], Sequence[Field], int]]) -> Any:
    """`switch(number, word, *arguments)` for kernels: it calls the function with that number, merged into the caller.

    The function gets the arguments and its fields of the word, and returns two numbers. Behind them stands the one that
    `cases` has with it, for which LLVM makes a path of its own through what follows. LLVM makes a single jump table of
    all, and numba, which dislikes large functions, sees small ones only.
    """

    @written
    def switch(context: Any, number: Any, word: Any, *arguments: Any) -> tuple[Any, Callable[..., Any]]:
        from hicannx.emu.part import call_part, compile_part, types, unpack

        given = arguments[0].types if hasattr(arguments[0], "types") else arguments
        pair = types.UniTuple(types.int64, 2)
        triple = types.UniTuple(types.int64, 3)

        def generate(target: Any, builder: Any, _: Any, values: Any) -> Any:
            parts, default = unpack(builder, values[2]), builder.append_basic_block("none")
            choice, behind, results = builder.switch(values[0], default), builder.append_basic_block("behind"), []
            for place, (function, fields, kind) in enumerate(cases):
                with builder.goto_block(block := builder.append_basic_block(function.__name__)):
                    part = compile_part(function, (*given, *(types.int64 for _ in fields)), pair, merge=True)
                    result = call_part(target, builder, part, [*parts, *_fields(builder, values[1], fields)])
                    results.append((*unpack(builder, result), result.type.elements[0](kind), builder.block))
                    builder.branch(behind)
                choice.add_case(place, block)
            builder.position_at_end(default)
            builder.unreachable()
            builder.position_at_end(behind)
            found = [builder.phi(target.get_value_type(types.int64)) for _ in range(3)]
            for *numbers, block in results:
                for phi, one in zip(found, numbers, strict=True):
                    phi.add_incoming(one, block)
            return target.make_tuple(builder, triple, found)

        return triple(types.int64, types.int64, types.StarArgTuple(given)), generate

    return switch


def _fields(builder: Any, word: Any, fields: Sequence[Field]) -> Iterator[Any]:
    for shift, mask in fields:
        yield builder.and_(builder.lshr(word, word.type(shift)), word.type(mask))


def call_now(address: int, chip: ChipState, *numbers: int) -> int:
    """The result of a function that `make_entry` has compiled, from Python."""
    kind = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, *len(numbers) * (ctypes.c_int64,))
    return int(kind(int(address))(flatten(chip).word, *numbers))


def make_entry(name: str, find: Callable[[], tuple[Callable[..., int], int]], chip: ChipState) -> int:
    """The address for `call_entry` of a function of a state and some numbers; it is found only to be compiled."""

    def compile_it() -> Code:
        from hicannx.emu.objectcode import entry_code

        function, numbers = find()
        return entry_code(function, chip, numbers)

    return load(kept_code(name, compile_it).code)
