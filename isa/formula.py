"""Small integer expressions of the tables, such as `(32 - n) % 32`; a comparison such as `a == b` is 1 or 0."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from functools import cache

# fmt: off
_operators: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Mod: operator.mod,
    ast.FloorDiv: operator.floordiv, ast.BitOr: operator.or_, ast.BitAnd: operator.and_,
}
_comparisons: dict[type[ast.cmpop], Callable[[int, int], bool]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
# fmt: on
_name = re.compile(r"[A-Za-z_]\w*")


@cache
def _parsed(text: str) -> ast.expr:
    return ast.parse(text.strip(), mode="eval").body


def evaluate(text: str, names: Mapping[str, int]) -> int:
    """The value; KeyError for an unknown name, ValueError or SyntaxError for what is no such expression."""
    return _value(_parsed(text), names)


def _value(node: ast.expr, names: Mapping[str, int]) -> int:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    if isinstance(node, ast.Name):
        return names[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, names)
    if isinstance(node, ast.BinOp) and type(node.op) in _operators:
        return _operators[type(node.op)](_value(node.left, names), _value(node.right, names))
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _comparisons:
        return int(_comparisons[type(node.ops[0])](_value(node.left, names), _value(node.comparators[0], names)))
    raise ValueError(f"`{ast.unparse(node)}` is not known in an expression of the tables")


def names_in(text: str) -> list[str]:
    """The names that an expression asks for."""
    return _name.findall(text)


def substitute(text: str, names: Mapping[str, int]) -> str:
    """The expression with the numbers of known names in their place."""
    return _name.sub(lambda found: str(names.get(found[0], found[0])), text)
