"""numba's contexts while parts are compiled: they look only where something can be new, and remember operators.

numba reads all its registries again whenever a function is called for the first time, and tries every form of an
operator for every operation, with a coloured error for each that is none; that would be a fifth of its time.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from numba.core import errors, types
from numba.core.registry import cpu_target
from numba.core.typing import templates

_target: Any = cpu_target
_types: Any = types
_errors: Any = errors
_templates: Any = templates
_operators = {
    *(operator.add, operator.sub, operator.mul, operator.floordiv, operator.mod, operator.neg),
    *(operator.iadd, operator.isub, operator.imul, operator.ifloordiv, operator.imod),
    *(operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift, operator.invert),
    *(operator.iand, operator.ior, operator.ixor, operator.ilshift, operator.irshift),
    *(operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne, operator.not_),
}

_subscripts = {operator.getitem, operator.setitem}


class _Plain:
    def __getattr__(self, name: str) -> Callable[[Any], str]:
        return str


@contextmanager
def lean_contexts() -> Iterator[None]:
    """Within this nothing is registered but what kernels call."""
    typing, target = _target.typing_context, _target.target_context
    if "refresh" in vars(typing):
        yield
        return
    target.refresh()
    coloured = _errors._termcolor_inst
    _errors._termcolor_inst = _Plain()
    typing.refresh = lambda: typing.install_registry(_templates.builtin_registry)
    target.refresh = lambda: [target.install_registry(one) for one in list(target._registries)]
    typing.resolve_function_type = _remembering(typing.resolve_function_type)
    try:
        yield
    finally:
        _errors._termcolor_inst = coloured
        del typing.refresh, target.refresh, typing.resolve_function_type


def _remembering(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """`resolve`, which works out the result of an operator once for the same kinds of numbers."""
    found: dict[Any, Any] = {}

    def resolve_once(function: Any, given: Any, named: Any) -> Any:
        name = function.typing_key if isinstance(function, _types.Function) else function
        if name in _operators:
            kinds = tuple([_types.unliteral(one) for one in given])
            known = all(isinstance(one, _types.Integer | _types.Boolean) for one in kinds)
        else:
            kinds, known = given, name in _subscripts and isinstance(given[0], _types.Array)
        if not known:
            return resolve(function, given, named)
        key = name, *kinds
        if key not in found:
            found[key] = resolve(function, kinds, named)
        return found[key]

    return resolve_once
