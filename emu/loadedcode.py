"""Object code of kernels, brought into this process by LLVM alone: to import numba takes longer than all of a start."""

from __future__ import annotations

from functools import cache
from typing import Any

import llvmlite
from llvmlite import binding

_llvm: Any = binding
symbol = "kernel"  # what object code calls its function
_engines: list[Any] = []  # code lives as long as these


def load(code: bytes) -> int:
    """The address of the function in object code."""
    engine = _llvm.create_mcjit_compiler(_llvm.parse_assembly(""), _target().create_target_machine(jit=True))
    engine.add_object_file(_llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _engines.append(engine)
    return int(engine.get_function_address(symbol))


@cache
def _target() -> Any:
    _llvm.initialize_native_target()
    _llvm.initialize_native_asmprinter()
    return _llvm.Target.from_default_triple()


@cache
def host() -> bytes:
    """The processor that code is for, and the LLVM that makes it."""
    return f"{llvmlite.__version__} {_llvm.get_host_cpu_name()} {_llvm.get_host_cpu_features().flatten()}".encode()
