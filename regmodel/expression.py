"""A small expression language for numbers: Python's arithmetic and nothing else, evaluated over numpy arrays."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np

_Evaluator = Callable[[Mapping[str, Any]], Any]

# fmt: off
_binary: dict[type[ast.operator], Any] = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.true_divide,
    ast.FloorDiv: np.floor_divide, ast.Mod: np.mod, ast.Pow: np.float_power,
}
_comparison: dict[type[ast.cmpop], Any] = {
    ast.Lt: np.less, ast.LtE: np.less_equal, ast.Gt: np.greater, ast.GtE: np.greater_equal,
    ast.Eq: np.equal, ast.NotEq: np.not_equal,
}
_function: dict[str, tuple[Any, int]] = {
    "min": (np.minimum, 2), "max": (np.maximum, 2), "abs": (np.abs, 1),
    "exp": (np.exp, 1), "log": (np.log, 1), "sqrt": (np.sqrt, 1),
}
# fmt: on


@attrs.frozen
class Expression:
    """A parsed expression, the names that it uses, and how to evaluate it."""

    text: str
    names: frozenset[str]
    evaluate: _Evaluator = attrs.field(repr=False)


def parse_expression(text: str) -> Expression:
    """Parse an expression; ValueError says what in it does not belong to the language."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise ValueError(f"`{text}` is not an expression: {error.msg}") from None
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in functions}
    return Expression(text, frozenset(names), _compile(tree.body))


def _compile(node: ast.expr) -> _Evaluator:
    compiler = _compilers.get(type(node))
    if compiler is None:
        raise ValueError(f"`{ast.unparse(node)}` does not belong to the expression language")
    return compiler(node)


def _constant(node: Any) -> _Evaluator:
    if not isinstance(node.value, int | float):
        raise ValueError(f"`{ast.unparse(node)}` is not a number")
    return lambda values: node.value


def _name(node: Any) -> _Evaluator:
    return lambda values: values[node.id]


def _operation(node: Any) -> _Evaluator:
    function = _binary.get(type(node.op))
    if function is None:
        raise ValueError(f"the operator of `{ast.unparse(node)}` does not belong to the expression language")
    left, right = _compile(node.left), _compile(node.right)
    return lambda values: function(left(values), right(values))


def _unary(node: Any) -> _Evaluator:
    function = {ast.USub: np.negative, ast.Not: np.logical_not}.get(type(node.op))
    if function is None:
        raise ValueError(f"the operator of `{ast.unparse(node)}` does not belong to the expression language")
    operand = _compile(node.operand)
    return lambda values: function(operand(values))


def _compare(node: Any) -> _Evaluator:
    if len(node.ops) != 1 or type(node.ops[0]) not in _comparison:
        raise ValueError(f"`{ast.unparse(node)}` is not a single comparison")
    function = _comparison[type(node.ops[0])]
    left, right = _compile(node.left), _compile(node.comparators[0])
    return lambda values: function(left(values), right(values))


def _logical(node: Any) -> _Evaluator:
    function = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
    parts = [_compile(part) for part in node.values]

    def evaluate(values: Mapping[str, Any]) -> Any:
        result = parts[0](values)
        for part in parts[1:]:
            result = function(result, part(values))
        return result

    return evaluate


def _conditional(node: Any) -> _Evaluator:
    test, body, otherwise = _compile(node.test), _compile(node.body), _compile(node.orelse)
    return lambda values: np.where(np.asarray(test(values)) != 0, body(values), otherwise(values))


def _call(node: Any) -> _Evaluator:
    known = _function.get(node.func.id) if isinstance(node.func, ast.Name) else None
    if known is None or node.keywords or len(node.args) != known[1]:
        raise ValueError(f"`{ast.unparse(node)}` does not call a function of the expression language")
    arguments = [_compile(argument) for argument in node.args]
    return lambda values: known[0](*[argument(values) for argument in arguments])


_compilers: dict[type[ast.expr], Callable[[Any], _Evaluator]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.BinOp: _operation,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.BoolOp: _logical,
    ast.IfExp: _conditional,
    ast.Call: _call,
}
