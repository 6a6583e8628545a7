"""Random expressions against an evaluator of the documented rules of GNU as, and against GNU as where it is installed."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hicannx.asm.assemble import assemble
from hicannx.asm.options import Options
from hicannx.source import SourceFile
from hicannx.tools.conform.objectview import view

# "Using as", section "Infix Operators", but that comparisons rank below sums, as gas/expr.c has it (op_rank). Within a rank
# from left to right. True is -1 for comparisons and 1 for `&&` and `||`. Numbers have 64 bits.
ranks = (
    ("||",),
    ("&&",),
    ("==", "<>", "!=", "<", ">", ">=", "<="),
    ("+", "-"),
    ("|", "&", "^", "!"),
    ("*", "/", "%", "<<", ">>"),
)
operators = [operator for rank in ranks for operator in rank]
symbols = {"small": 3, "negative": -5, "large": 0x123456789A}


class UndefinedError(Exception):
    """The manual gives no value: division by zero, shifts by too much."""


def wrap(value: int) -> int:
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


def divide(left: int, right: int) -> int:
    if right == 0:
        raise UndefinedError
    return int(abs(left) // abs(right)) * (1 if (left < 0) == (right < 0) else -1)


def in_range(count: int) -> int:
    if not 0 <= count < 64:
        raise UndefinedError
    return count


binary: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
    "/": divide, "%": lambda a, b: a - b * divide(a, b),
    "<<": lambda a, b: a << in_range(b), ">>": lambda a, b: a % (1 << 64) >> in_range(b),
    "|": lambda a, b: a | b, "&": lambda a, b: a & b, "^": lambda a, b: a ^ b, "!": lambda a, b: a | ~b,
    "==": lambda a, b: -(a == b), "!=": lambda a, b: -(a != b), "<>": lambda a, b: -(a != b),
    "<": lambda a, b: -(a < b), ">": lambda a, b: -(a > b), "<=": lambda a, b: -(a <= b), ">=": lambda a, b: -(a >= b),
    "&&": lambda a, b: int(a != 0 and b != 0), "||": lambda a, b: int(a != 0 or b != 0),
}  # fmt: skip
unary: dict[str, Callable[[int], int]] = {
    "-": lambda a: -a, "~": lambda a: ~a, "!": lambda a: int(a == 0), "+": lambda a: a
}  # fmt: skip

# An operand is a number, the name of a symbol, a list (parentheses), or a pair of a unary operator and an operand. A list
# has operands and binary operators in turn.
Part = int | str | tuple[str, "Part"] | list["Part"]


def evaluate(part: Part) -> int:
    if isinstance(part, int):
        return part
    if isinstance(part, str):
        return symbols[part]
    if isinstance(part, tuple):
        return wrap(unary[part[0]](evaluate(part[1])))
    return infix(part)


def infix(parts: list[Part]) -> int:
    """Split at the last operator of the lowest rank."""
    for rank in ranks:
        places = [place for place in range(1, len(parts), 2) if parts[place] in rank]
        if places:
            left, right = infix(parts[: places[-1]]), infix(parts[places[-1] + 1 :])
            return wrap(binary[str(parts[places[-1]])](left, right))
    return evaluate(parts[0])


def written(part: Part) -> str:
    if isinstance(part, int):
        return hex(part) if part > 9 else str(part)
    if isinstance(part, str):
        return part
    if isinstance(part, tuple):
        return part[0] + written(part[1])
    return "(" + " ".join(str(one) if place % 2 else written(one) for place, one in enumerate(part)) + ")"


numbers = st.integers(0, 9) | st.integers(0, (1 << 63) - 1)
leaves = numbers | st.sampled_from(sorted(symbols))


def chains(operands: st.SearchStrategy[Part]) -> st.SearchStrategy[Part]:
    tail = st.lists(st.tuples(st.sampled_from(operators), operands), max_size=5)
    chain = st.builds(lambda first, rest: [first, *(one for pair in rest for one in pair)], operands, tail)
    return chain | st.tuples(st.sampled_from(sorted(unary)), operands)


expressions = st.recursive(leaves, chains, max_leaves=12)


def value_of(text: str, dialect: str) -> int:
    lines = [f" .set {name}, {value}\n" for name, value in symbols.items()]
    assembly = assemble(SourceFile("expression.s", f"{''.join(lines)} .quad {text}\n"), Options(dialect))
    return int.from_bytes(assembly.sections[".text"].data, "big", signed=True)


@given(expressions, st.sampled_from(["ppu", "gas"]))
def test_values(expression: Part, dialect: str) -> None:
    try:
        expected = evaluate(expression)
    except UndefinedError:
        assume(False)
    assert value_of(written(expression), dialect) == expected


def random_expression(draw: random.Random, depth: int = 3) -> Part:
    choice = draw.random()
    if depth == 0 or choice < 0.2:
        return draw.choice([draw.randrange(10), draw.getrandbits(63), *symbols])
    if choice < 0.35:
        return (draw.choice(sorted(unary)), random_expression(draw, depth - 1))
    parts: list[Part] = [random_expression(draw, depth - 1)]
    for _ in range(draw.randrange(1, 5)):
        parts += [draw.choice(operators), random_expression(draw, depth - 1)]
    return parts


def test_the_evaluator_agrees_with_gnu_as(tmp_path: Path) -> None:
    """What the other test compares with is itself right."""
    program = shutil.which("powerpc-linux-gnu-as")
    if program is None:
        pytest.skip("powerpc-linux-gnu-as is not installed")
    draw, texts, values = random.Random(1), [], []
    while len(texts) < 500:
        expression = random_expression(draw)
        try:
            values.append(evaluate(expression))
        except UndefinedError:
            continue
        texts.append(written(expression))
    lines = [f" .set {name}, {value}\n" for name, value in symbols.items()] + [f" .quad {text}\n" for text in texts]
    (tmp_path / "all.s").write_text("".join(lines))
    subprocess.run([program, "-o", tmp_path / "all.o", tmp_path / "all.s"], check=True)
    (section,) = (one for one in view((tmp_path / "all.o").read_bytes())["sections"] if one["name"] == ".text")
    data = bytes.fromhex(section["hex"])
    found = [int.from_bytes(data[place : place + 8], "big", signed=True) for place in range(0, len(data), 8)]
    assert [one for one in zip(texts, found, values, strict=True) if one[1] != one[2]] == []
