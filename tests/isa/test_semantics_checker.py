"""What is told about a wrong semantics text; the parts of the language that are tested alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hicannx.diagnostic import DiagnosticError
from hicannx.isa.load import load_isa
from hicannx.isa.semantics.functions import find_function, functions
from hicannx.isa.semantics.interval import Interval, combine
from hicannx.isa.semantics.load import load_programs
from hicannx.isa.semantics.prelude import kernel_prelude
from hicannx.isa.semantics.types import check
from hicannx.render import render_text
from hicannx.source import SourceFile


def problems(text: str, name: str = "add") -> list[str]:
    """`code: title` of everything that is wrong with a text for an instruction."""
    with pytest.raises(DiagnosticError) as caught:
        check(name, load_isa().instructions[name].fields, text)
    return [f"{one.code}: {one.title}" for one in caught.value.diagnostics]


def test_an_unknown_name_is_shown_with_its_place() -> None:
    with pytest.raises(DiagnosticError) as caught:
        check("bc", load_isa().instructions["bc"].fields, "if not BO[2]: CTR = CTRL - 1\n")
    assert render_text(caught.value.diagnostics) == "\n".join(
        (
            "error[I302]: unknown name `CTRL`",
            " --> semantics of bc:1:21",
            "  |",
            "1 | if not BO[2]: CTR = CTRL - 1",
            "  |                     ^^^^",
            "  = help: did you mean `CTR`?",
        )
    )


def test_a_possible_overflow_shows_the_range() -> None:
    with pytest.raises(DiagnosticError) as caught:
        check("mulhwu", load_isa().instructions["mulhwu"].fields, "RT = (RA * RB) >> 32\n")
    assert render_text(caught.value.diagnostics) == "\n".join(
        (
            "error[I308]: `RA * RB` may overflow a signed 64-bit word",
            " --> semantics of mulhwu:1:7",
            "  |",
            "1 | RT = (RA * RB) >> 32",
            "  |       ^^^^^^^ its values lie between 0 and 18446744065119617025",
            "  = help: cut an operand first: `(x & 0xffff)`",
        )
    )


def test_the_place_is_that_in_the_yaml_file() -> None:
    yaml = "  add:\n    semantics: |\n      total = RA + RB\n      RT = totl\n    timing: alu\n"
    file = SourceFile("arithmetic.yaml", yaml)
    span = file.span(yaml.index("|"), yaml.index("    timing"))
    with pytest.raises(DiagnosticError) as caught:
        check("add", load_isa().instructions["add"].fields, "total = RA + RB\nRT = totl\n", span)
    first = caught.value.diagnostics[0].span
    assert first is not None
    assert (first.file.name, first.line, first.column, first.text) == ("arithmetic.yaml", 4, 12, "totl")


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("add", "RT = RA +", "I301: unexpected the end of the line in a semantics text"),
        ("add", "RT = RA $ 3", "I301: unexpected `$` in a semantics text"),
        ("add", "if OE:\n    RT = 1\n  RT = 2", "I301: the indentation of the blocks does not match"),
        ("add", "RT = XER.CB", "I302: unknown name `XER.CB`"),
        ("add", "RT = number(RX)", "I302: `RX` is not a field"),
        ("fxvaddhm", "for half lane i where CND:\n  VRT[i] = 1", "I302: unknown field `CND`"),
        ("lwz", "if RT == 0:\n  x = 1\nRT = x", "I302: unknown name `x`"),
        ("add", "RT = rotate(RA, 3)", "I303: unknown function `rotate`"),
        ("add", "recrd(RT)", "I303: unknown procedure `recrd`"),
        ("add", "record(RT, RA)", "I303: `record` takes 1 argument, not 2"),
        ("add", "RT = MASK(3)", "I303: `MASK` takes 2 arguments, not 1"),
        ("fxvaddhm", "VRT = VRA[0]", "I304: `VRA[0]` is not a lane of the loop around it"),
        ("fxvaddhm", "for word lane i:\n  VRT[i] = 1", "I304: unknown lane kind `word`"),
        (
            "fxvaddhm",
            "for half lane i:\n  for byte lane j:\n    VRT[j] = 1",
            "I304: a lane loop stands in another lane loop",
        ),
        ("add", "RT = EXTS(RA + RB)", "I305: width mismatch: `RA + RB` has no fixed width"),
        ("add", "RT = RA[24:40]", "I305: width mismatch: `RA` has no bits 24 to 40"),
        ("add", "RT = ROTL32(RA + RB, 3)", "I305: width mismatch: `RA + RB` may leave 0 to 4294967295"),
        ("lwz", "RT = MEM(RA, 3)", "I305: width mismatch: `3` is no access size"),
        ("fxvlax", "VRT = RA", "I305: width mismatch: a vector register and a general register behind a field"),
        (
            "fxvaddhm",
            "for half lane i:\n  VRT[i] = VRA",
            "I305: width mismatch: a vector register and a lane of a vector register",
        ),
        ("fxvaddhm", "for n in 0 .. 64:\n  VRT.half[n] = 1", "I305: width mismatch: the index `n` may leave 0 to 63"),
        ("add", "x = 1\nx = 2\nRT = x", "I306: local `x` is assigned again"),
        ("add", "CIA = RA", "I306: `CIA` cannot be assigned"),
        ("addi", "SI = RA", "I306: `SI` cannot be assigned"),
        ("add", "RT = 1 if RA else 2", "I307: `RA` is not a condition"),
        ("add", "RT = RA << RB", "I308: the shift amount `RB` may leave 0 to 63"),
        ("add", "RD = RA + RB", "I309: local `RD` is never read"),
    ],
)
def test_mistakes_have_a_message(name: str, text: str, expected: str) -> None:
    assert problems(text, name) == [expected]


def test_all_mistakes_of_a_text_are_reported_at_once() -> None:
    assert problems("RT = RX\nXER.CA = RY\nrecrd(RT)") == [
        "I302: unknown name `RX`",
        "I302: unknown name `RY`",
        "I303: unknown procedure `recrd`",
    ]


def test_all_rows_check_and_all_but_the_one_that_hangs_have_a_meaning() -> None:
    programs = load_programs(load_isa().instructions)
    assert set(load_isa().instructions) - set(programs) == {"eciwx"}


@st.composite
def _interval_and_member(draw: st.DrawFn, low: int = -(2**33), high: int = 2**33) -> tuple[Interval, int]:
    a, b, c = sorted(draw(st.tuples(*[st.integers(low, high)] * 3)))
    return Interval(a, c), b


@given(
    st.sampled_from(["+", "-", "*", "&", "|", "^", "<<", ">>", "<", "=="]),
    _interval_and_member(),
    _interval_and_member(),
    _interval_and_member(0, 40),
)
def test_an_operator_stays_in_its_interval(
    operator: str, a: tuple[Interval, int], b: tuple[Interval, int], count: tuple[Interval, int]
) -> None:
    right = count if operator in ("<<", ">>") else b
    found = combine(operator, a[0], right[0])
    value = int(eval(f"({a[1]}) {operator} ({right[1]})"))
    assert found is not None
    assert found.low <= value <= found.high


@given(st.sampled_from(sorted(functions())), st.data())
def test_a_function_is_what_its_source_says(name: str, data: st.DataObject) -> None:
    function = functions()[name]
    arguments = []
    for place in range(function.count):
        domain = function.domain[place] if function.domain else Interval(-(2**31), 2**31 - 1)
        arguments.append(data.draw(st.integers(domain.low, domain.high)))
    if name == "quotient" and arguments[1] == 0:
        arguments[1] = -1
    if name == "shift":
        arguments[1] = arguments[1] % 32 - 16
    scope = {"np": np, "njit": lambda function=None, **_: function or (lambda inner: inner)}
    exec(kernel_prelude(), scope)
    seen = int(eval(function.source.format(*(f"({one})" for one in arguments)), scope))
    assert seen == function.evaluate(*arguments)
    interval = function.interval(*(Interval(one, one) for one in arguments))
    assert interval.low <= seen <= interval.high


@given(st.integers(1, 64), st.integers(-(2**70), 2**70))
def test_saturation_and_overflow_of_every_width(width: int, value: int) -> None:
    saturate, exceeds = find_function(f"saturate_s{width}"), find_function(f"exceeds_s{width}")
    assert saturate is not None
    assert exceeds is not None
    clamped = saturate.evaluate(value)
    assert eval(saturate.source.format(f"({value})")) == clamped
    assert eval(exceeds.source.format(f"({value})")) == bool(exceeds.evaluate(value)) == (clamped != value)
