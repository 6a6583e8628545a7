"""Formulas of integers, such as addresses: `+ - * // % & | ^ << >>` and tables `name[index]`, evaluated over arrays."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

Evaluator = Callable[[Mapping[str, Any]], Any]

_operators: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
}


def evaluate(text: str, values: Mapping[str, Any]) -> Any:
    """The value of a formula; names stand for integers, integer arrays or tables. ValueError says what is wrong."""
    try:
        return parse(text)(values)
    except KeyError as error:
        raise ValueError(f"nothing is known by the name {error} in `{text}`") from None


@lru_cache(maxsize=1024)
def parse(text: str) -> Evaluator:
    """Make a function of a formula; ValueError says what in it does not belong to the language."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise ValueError(f"`{text}` is not a formula: {error.msg}") from None
    return _compile(tree.body)


def _compile(node: ast.expr) -> Evaluator:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        constant = node.value
        return lambda values: constant
    if isinstance(node, ast.Name):
        name = node.id
        return lambda values: values[name]
    if isinstance(node, ast.BinOp) and type(node.op) in _operators:
        return _operation(_operators[type(node.op)], _compile(node.left), _compile(node.right))
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        return _lookup(node.value.id, _compile(node.slice))
    raise ValueError(f"`{ast.unparse(node)}` does not belong to the language of formulas")


def _operation(function: Callable[[Any, Any], Any], left: Evaluator, right: Evaluator) -> Evaluator:
    return lambda values: function(left(values), right(values))


def _lookup(name: str, index: Evaluator) -> Evaluator:
    return lambda values: np.asarray(values[name], dtype=np.int64)[index(values)]
