"""Bytes of vectors seen as other numbers, for kernels; numba's own `view` is a hundred times as much to compile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hicannx.emu.kernelcache import written


@written
def seen_as(context: Any, vectors: Any, kind: Any) -> tuple[Any, Callable[..., Any]]:
    """`vectors.view(kind)` of contiguous vectors whose last axis holds whole numbers of this kind."""
    from hicannx.emu.part import types

    found = types.Array(kind.dtype, vectors.ndim, "C")

    def generate(target: Any, builder: Any, signature: Any, values: Any) -> Any:
        given = target.make_array(vectors)(target, builder, values[0])
        made = target.make_array(found)(target, builder)
        old, new = (target.get_abi_sizeof(target.get_data_type(one.dtype)) for one in (vectors, found))
        count = builder.udiv(builder.mul(given.nitems, given.nitems.type(old)), given.nitems.type(new))
        last = builder.extract_value(given.shape, vectors.ndim - 1)
        width = builder.udiv(builder.mul(last, last.type(old)), last.type(new))
        made.shape = builder.insert_value(given.shape, width, vectors.ndim - 1)
        made.strides = builder.insert_value(given.strides, last.type(new), vectors.ndim - 1)
        made.data = builder.bitcast(given.data, made.data.type)
        made.itemsize, made.nitems = last.type(new), count
        made.meminfo, made.parent = given.meminfo, given.parent
        return made._getvalue()

    return found(vectors, kind), generate
