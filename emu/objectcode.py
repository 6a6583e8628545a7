"""Object code of kernels, made by numba: of what Python calls, and of entries, which kernels call by address."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import codegen
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target

from hicannx.emu.entry import entry_convention
from hicannx.emu.kernelcache import Code
from hicannx.emu.leancontext import lean_contexts
from hicannx.emu.loadedcode import symbol
from hicannx.emu.part import call_part, compile_part, types, unpack

_typeof: Any = numba.typeof
_lock: Any = global_compiler_lock
_library: Any = codegen.CPUCodeLibrary
_context: Any = cpu_target.target_context
_word, _pointer = ir.IntType(64), ir.IntType(8).as_pointer()
_process = ctypes.CDLL(None)


class _ObjectLibrary(_library):  # type: ignore[misc]
    """The code of one function with all its parts, which this process only has as object code."""

    def _optimize_final_module(self) -> None:
        """With parts that nobody else can call: a kernel runs up to a tenth faster."""
        for function in self._final_module.functions:
            if not function.is_declaration and function.name != symbol:
                function.linkage = "internal"
        super()._optimize_final_module()

    def _finalize_final_module(self) -> None:
        self._finalized = True

    @property
    def code(self) -> bytes:
        """The object code."""
        return bytes(self._codegen._tm.emit_object(self._final_module))

    @property
    def is_lasting(self) -> bool:
        """Whether it needs nothing that comes with numba."""
        names = [one.name for one in self._final_module.functions if one.is_declaration]
        return all(name.startswith("llvm.") or hasattr(_process, name) for name in names)


def entry_code(function: Callable[..., int], chip: Any, numbers: int) -> Code:
    """A C function of the address of a state and so many int64."""
    given = (_typeof(chip), *numbers * (types.int64,))
    with lean_contexts():
        part = compile_part(function, given, types.int64)

    def body(builder: Any, values: Any) -> None:
        address = builder.bitcast(values[0], _context.get_value_type(given[0]))
        builder.ret(call_part(_context, builder, part, [address, *values[1:]]))

    kind = ir.FunctionType(_word, [_pointer, *numbers * [_word]])
    return _compile(part.fndesc.unique_name, kind, body, "i", entry_convention)


def block_code(function: Callable[..., Any], arguments: Sequence[Any]) -> Code:
    """A C function of the address of a block, see arguments.py; its results go behind its arguments."""
    given = tuple(_type_of(one) for one in arguments)
    with lean_contexts():
        part = compile_part(function, given)
    found = part.signature.return_type

    def body(builder: Any, values: Any) -> None:
        words = [builder.gep(_words(builder, values[0]), [_word(number)]) for number in range(len(given))]
        taken = [_value(builder, builder.load(at), kind) for at, kind in zip(words, given, strict=True)]
        for number, value in enumerate(_parts(builder, found, call_part(_context, builder, part, taken))):
            builder.store(value, builder.gep(_words(builder, values[0]), [_word(len(given) + number)]))
        builder.ret_void()

    return _compile(part.fndesc.unique_name, ir.FunctionType(ir.VoidType(), [_pointer]), body, _kinds(found))


def _compile(name: str, kind: Any, body: Callable[[Any, Any], None], results: str, convention: str = "") -> Code:
    with _lock:
        library = _ObjectLibrary(_context.codegen(), name)
        module = library.create_ir_module(name)
        function = ir.Function(module, kind, symbol)
        function.calling_convention = convention
        with _context.push_code_library(library):
            body(ir.IRBuilder(function.append_basic_block("entry")), function.args)
        library.add_ir_module(module)
        library.finalize()
        return Code(results, library.code, library.is_lasting)


def _type_of(argument: Any) -> Any:
    """numba's type; all integers but np.uint64 become int64, and all arrays can be written."""
    if isinstance(argument, np.ndarray):
        return types.Array(numba.from_dtype(argument.dtype), argument.ndim, "C" if argument.flags.c_contiguous else "A")
    if isinstance(argument, tuple):
        inner = [_type_of(one) for one in argument]
        return types.NamedTuple(inner, type(argument)) if hasattr(argument, "_fields") else types.Tuple(inner)
    if isinstance(argument, np.record):
        return _typeof(argument)
    if isinstance(argument, float | np.floating):
        return types.float64
    return types.uint64 if isinstance(argument, np.uint64) else types.int64


def _words(builder: Any, place: Any) -> Any:
    return builder.bitcast(place, _word.as_pointer())


def _value(builder: Any, word: Any, kind: Any) -> Any:
    """The argument of this word."""
    packer = _context.get_arg_packer((kind,))
    leaves = [word]
    if isinstance(kind, types.Array | types.BaseTuple):
        block = builder.inttoptr(word, _word.as_pointer())
        leaves = [builder.load(builder.gep(block, [_word(number)])) for number in range(len(packer.argument_types))]
    cast = [_from_word(builder, one, type_) for one, type_ in zip(leaves, packer.argument_types, strict=True)]
    return packer.from_arguments(builder, cast)[0]


def _from_word(builder: Any, word: Any, kind: Any) -> Any:
    if isinstance(kind, ir.PointerType):
        return builder.inttoptr(word, kind)
    return word if kind == _word else builder.bitcast(word, kind)


def _parts(builder: Any, kind: Any, value: Any) -> list[Any]:
    """The words of a result."""
    if isinstance(kind, types.NoneType):
        return []
    if isinstance(kind, types.BaseTuple):
        parts = zip(kind.types, unpack(builder, value), strict=True)
        return [word for one, part in parts for word in _parts(builder, one, part)]
    if isinstance(kind, types.Float):
        return [builder.bitcast(_context.cast(builder, value, kind, types.float64), _word)]
    return [_context.cast(builder, value, kind, types.int64)]


def _kinds(kind: Any) -> str:
    if isinstance(kind, types.NoneType):
        return ""
    if isinstance(kind, types.BaseTuple):
        return f"({''.join(_kinds(one) for one in kind.types)})"
    if isinstance(kind, types.Float | types.Boolean):
        return "f" if isinstance(kind, types.Float) else "b"
    return "u" if kind == types.uint64 else "i"
