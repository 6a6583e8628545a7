"""Nonsense and damaged files: every text gives an assembly or diagnostics, soon, and never a traceback."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from types import FrameType

from hypothesis import given
from hypothesis import strategies as st

from hicannx.asm.assemble import Assembly, assemble
from hicannx.asm.options import Options
from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.isa.load import load_isa
from hicannx.render import render_json, render_text
from hicannx.source import SourceFile
from hicannx.tools.conform.read import read_content

vectors = Path(__file__).parent.parent / "vectors" / "toolchain"
seconds = 10.0  # far more than any of these texts takes


@contextmanager
def deadline() -> Iterator[None]:
    """Break off what does not end."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def check(text: str, dialect: str) -> None:
    """Assemble and make everything that can be made; each mistake is told as a text and as JSON."""
    with deadline():
        try:
            assembly = assemble(SourceFile("fuzz.s", text), Options(dialect))
        except DiagnosticError as error:
            tell(error.diagnostics)
            return
        tell(assembly.warnings)
        assert isinstance(assembly.listing(), str)
        assert assembly.object().startswith(b"\x7fELF")
        make(assembly)


def make(assembly: Assembly) -> None:
    """Image and executable, which may not be possible."""
    for maker in (assembly.image, assembly.elf):
        try:
            maker()
        except DiagnosticError as error:
            assert error.diagnostics
            tell(error.diagnostics)


def tell(diagnostics: tuple[Diagnostic, ...]) -> None:
    for one in diagnostics:
        assert one.title
        assert "\n" not in one.title
    render_text(diagnostics)
    render_json(diagnostics)


dialects = st.sampled_from(["ppu", "gas"])
directives = sorted({word for path in vectors.rglob("*.s") for word in path.read_text().split() if word[0] == "."})
directives += [
    ".if",
    ".ifdef",
    ".ifndef",
    ".ifc",
    ".ifeq",
    ".else",
    ".elseif",
    ".endif",
    ".rept",
    ".irp",
    ".irpc",
    ".endr",
    ".macro",
    ".endm",
    ".exitm",
    ".altmacro",
    ".purgem",
    ".include",
    ".incbin",
    ".org",
    ".align",
    ".balign",
    ".p2align",
    ".space",
    ".skip",
    ".zero",
    ".fill",
    ".ascii",
    ".asciz",
    ".string",
    ".byte",
    ".short",
    ".long",
    ".quad",
    ".section",
    ".pushsection",
    ".popsection",
    ".previous",
    ".subsection",
    ".text",
    ".data",
    ".bss",
    ".comm",
    ".lcomm",
    ".set",
    ".equ",
    ".equiv",
    ".eqv",
    ".globl",
    ".weak",
    ".hidden",
    ".local",
    ".type",
    ".size",
    ".ident",
    ".file",
    ".loc",
    ".line",
    ".machine",
    ".print",
    ".error",
    ".warning",
    ".err",
    ".end",
    ".struct",
    ".cfi_startproc",
    ".sleb128",
    ".uleb128",
    ".octa",
    ".float",
    ".double",
    ".single",
    ".reloc",
    ".symver",
    ".version",
    ".vtable_entry",
    ".abort",
    ".title",
]
mnemonics = sorted(load_isa().syntaxes)
pieces = (
    "\n", "\n", "\n ", "\t", " ", ",", ", ", ";", ":", "(", ")", "@", "@l", "@ha", "@h", "+", "-", "*", "/", "%", "<<", ">>",
    "~", "!", "&", "|", "^", "==", "&&", "||", "=", "#", "/*", "*/", "//", '"', "'", "\\", "\\@", "\\x", "\\()", "\\+", "$",
    "{", "}", "[", "]", "?", "`", ".", "0", "1", "-1", "31", "32", "0x", "0x7fff", "65536", "0xffffffffffffffff", "09", "1.5",
    "1f", "1b", "1:", "9:", "x", "x:", "y", ".L1", ".L1:", "r3", "%r3", "v1", "cr0", "cr7*4+lt", "lr", '"ax"', "@progbits",
    "@function", '"text"', "'a", "x=y", "x,y", ":req", ":vararg", "=5", "\0", "\x7f", "\u00e9", "\r\n", "\f", "\u2028",
)  # fmt: skip
tokens = st.sampled_from(directives) | st.sampled_from(mnemonics) | st.sampled_from(pieces)


@given(st.lists(tokens, max_size=40).map("".join) | st.lists(tokens, max_size=40).map(" ".join), dialects)
def test_token_soup(text: str, dialect: str) -> None:
    check(text, dialect)


operands = st.sampled_from(
    ["3", "r4", "%r5", "v6", "x", "40000", "-1", "4(5)", "x@l(3)", "0", "cr1", "1f", "eq", '"s"', "x-y", "x+4"]
)
statements = st.builds(
    lambda label, head, rest: f"{label} {head} {', '.join(rest)}\n",
    st.sampled_from(["", "", "x:", "y:", "1:", ".Lz:"]),
    st.sampled_from(directives) | st.sampled_from(mnemonics),
    st.lists(operands, max_size=5),
)


@given(st.lists(statements, max_size=12).map("".join), dialects)
def test_statement_soup(text: str, dialect: str) -> None:
    check(text, dialect)


def valid_sources() -> list[str]:
    """Shipped kernels, written programs, compiler output and single features; short ones, so that an edit matters."""
    kernels = [one.read_text() for one in files("hicannx.configs.kernels").iterdir() if one.name.endswith(".s")]
    paths = sorted([*vectors.rglob("*.s"), *vectors.rglob("*.s.xz")])
    programs = [read_content(path).decode() for path in paths]
    return [text for text in kernels + programs if len(text) < 8000]


sources = valid_sources()


@st.composite
def edited(draw: st.DrawFn) -> str:
    """A valid file with a few changes."""
    text = draw(st.sampled_from(sources))
    for _ in range(draw(st.integers(1, 4))):
        if text:
            text = draw(st.sampled_from(edits))(draw, text)
    return text


def place(draw: st.DrawFn, text: str) -> int:
    return draw(st.integers(0, len(text)))


def stretch(draw: st.DrawFn, text: str) -> tuple[int, int]:
    start = place(draw, text)
    return start, min(len(text), start + draw(st.integers(0, 40)))


def without_a_stretch(draw: st.DrawFn, text: str) -> str:
    start, end = stretch(draw, text)
    return text[:start] + text[end:]


def with_a_stretch_twice(draw: st.DrawFn, text: str) -> str:
    start, end = stretch(draw, text)
    return text[:end] + text[start:]


def with_lines_swapped(draw: st.DrawFn, text: str) -> str:
    lines = text.splitlines(keepends=True)
    first, second = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    lines[first], lines[second] = lines[second], lines[first]
    return "".join(lines)


def with_a_line_gone_or_doubled(draw: st.DrawFn, text: str) -> str:
    lines = text.splitlines(keepends=True)
    chosen = draw(st.integers(0, len(lines) - 1))
    return "".join(lines[:chosen] + lines[chosen : chosen + 1] * draw(st.sampled_from([0, 2])) + lines[chosen + 1 :])


def with_another_character(draw: st.DrawFn, text: str) -> str:
    at = draw(st.integers(0, len(text) - 1))
    flipped = chr(ord(text[at]) ^ 1 << draw(st.integers(0, 7)))
    return text[:at] + flipped + text[at + 1 :]


def with_a_token_more(draw: st.DrawFn, text: str) -> str:
    at = place(draw, text)
    return text[:at] + draw(tokens) + text[at:]


def cut_off(draw: st.DrawFn, text: str) -> str:
    return text[: place(draw, text)]


edits = [
    without_a_stretch,
    with_a_stretch_twice,
    with_lines_swapped,
    with_a_line_gone_or_doubled,
    with_another_character,
    with_a_token_more,
    cut_off,
]


@given(edited(), dialects)
def test_edited_files(text: str, dialect: str) -> None:
    check(text, dialect)


def test_the_sources_are_valid() -> None:
    """Edits of what was wrong before would show little."""
    assert len(sources) > 50
