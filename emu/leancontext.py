"""numba's contexts while parts are compiled: they look only where something can be new, and remember what they find.

numba reads all its registries again whenever a function is called for the first time, and tries every form of a
function for every call, with a coloured error for each that is none; it writes out the type of the whole state at every
pass, and walks twice through every function for what `with` leaves behind. That would be two fifths of its time.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

from numba.core import errors, interpreter, ir, types
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target
from numba.core.typing import templates

_target: Any = cpu_target
_lock: Any = global_compiler_lock
_types: Any = types
_ir: Any = ir
_schemes = {type(errors.termcolor())}  # of colours for messages
_templates: Any = templates
_operators = {
    *(operator.add, operator.sub, operator.mul, operator.floordiv, operator.mod, operator.neg),
    *(operator.iadd, operator.isub, operator.imul, operator.ifloordiv, operator.imod),
    *(operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift, operator.invert),
    *(operator.iand, operator.ior, operator.ixor, operator.ilshift, operator.irshift),
    *(operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne, operator.not_),
}

_without_variables = {str, int, bool, type(None), _ir.Loc}
_remembered = _types.Integer | _types.Boolean | _types.Float | _types.Array


def _plainly(_scheme: Any, message: str, *_: Any) -> str:
    return message


@contextmanager
def lean_contexts() -> Iterator[None]:
    """Within this nothing is registered but what kernels call; one thread at a time is in it."""
    typing, target = _target.typing_context, _target.target_context
    function, record = _types.Function, _types.Record
    with _lock, ExitStack() as replaced:
        if "refresh" in vars(typing):
            yield
            return
        target.refresh()
        for owner, name, stand_in in (
            *((scheme, "_markup", _plainly) for scheme in _schemes),
            (typing, "refresh", lambda: typing.install_registry(_templates.builtin_registry)),
            (target, "refresh", lambda: [target.install_registry(one) for one in list(target._registries)]),
            (function, "get_call_type", _remembering(function.get_call_type)),
            (record, "__repr__", cache(record.__repr__)),
            (interpreter, "peep_hole_delete_with_exit", lambda code: code),
            (_ir.Inst, "_rec_list_vars", _variables),
        ):
            replaced.enter_context(_replacing(owner, name, stand_in))
        yield


def _variables(instruction: Any, value: Any) -> list[Any]:
    """The variables in a value; most are strings and places in the source, which have none."""
    kind = type(value)
    if kind in _without_variables:
        return []
    if kind is _ir.Var:
        return [value]
    if isinstance(value, _ir.Inst):
        return list(value.list_vars())
    inner = value.values() if kind is dict else value if kind in (list, tuple) else ()
    return [one for part in inner if type(part) not in _without_variables for one in _variables(instruction, part)]


@contextmanager
def _replacing(owner: Any, name: str, stand_in: Any) -> Iterator[None]:
    """Let something else stand for an attribute."""
    was_own, before = name in vars(owner), getattr(owner, name, None)
    setattr(owner, name, stand_in)
    try:
        yield
    finally:
        if was_own:
            setattr(owner, name, before)
        else:
            delattr(owner, name)


def _remembering(find: Callable[..., Any]) -> Callable[..., Any]:
    """`find`, which works out the result of an operator once for the same kinds of numbers."""
    found: dict[Any, Any] = {}

    def find_once(function: Any, context: Any, given: Any, named: Any) -> Any:
        kinds = given
        if function.typing_key in _operators:
            kinds = tuple([_types.unliteral(one) for one in given])
        key = id(function), *map(id, kinds)
        if named or not all(isinstance(one, _remembered) for one in kinds):
            return find(function, context, given, named)
        if key not in found:
            found[key] = find(function, context, kinds, named), function, kinds  # which keeps what has these ids
        return found[key][0]

    return find_once
