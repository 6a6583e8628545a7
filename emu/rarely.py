"""What LLVM is told of conditions: a branch that is taken costs, so what is usual should lie in line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hicannx.emu.kernelcache import written


@written
def rarely(context: Any, condition: Any) -> tuple[Any, Callable[..., Any]]:
    """The condition, which is seldom true."""
    from llvmlite import ir

    from hicannx.emu.part import types

    def generate(target: Any, builder: Any, signature: Any, values: Any) -> Any:
        truth = target.cast(builder, values[0], signature.args[0], types.boolean)
        kind = ir.FunctionType(truth.type, 2 * [truth.type])
        expect = builder.module.declare_intrinsic("llvm.expect", [truth.type], fnty=kind)
        return builder.call(expect, [truth, truth.type(0)])

    return types.boolean(condition), generate
