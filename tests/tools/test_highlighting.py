"""Highlighting of assembly sources: the Pygments lexer, a lexer as a file, and the TextMate grammar."""

from __future__ import annotations

import importlib.util
import json
import lzma
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.token import Token

from hicannx.asm.directive import directives
from hicannx.asm.relocation import load_relocations
from hicannx.isa.load import load_isa
from hicannx.tools.cli import main
from hicannx.tools.conform.read import read_content
from hicannx.tools.doc.highlight import highlighting
from hicannx.tools.doc.lexer import lexer_module
from hicannx.tools.doc.textmate import grammar, grammar_text
from hicannx.tools.doc.words import alternation, words
from hicannx.tools.pygments_lexer import PpuAssemblyLexer

root = Path(__file__).resolve().parent.parent.parent
isa = load_isa()
lexer = PpuAssemblyLexer(stripnl=False, ensurenl=False)
textmate = json.loads(grammar_text())


def golden_sources() -> dict[str, str]:
    """Kernels that are shipped, and golden sources that assemble."""
    found = {path.name: path.read_text() for path in sorted((root / "configs" / "kernels").glob("*.s"))}
    vectors = root / "tests" / "vectors" / "toolchain"
    lines = lzma.decompress((vectors / "snippets.jsonl.xz").read_bytes()).decode().splitlines()
    found |= {f"snippet {number}": json.loads(line)["src"] for number, line in enumerate(lines)}
    paths = [path for path in vectors.rglob("*") if path.name.removesuffix(".xz").endswith((".s", ".inc"))]
    return found | {str(path.relative_to(vectors)): read_content(path).decode() for path in sorted(paths)}


sources = golden_sources()
interesting = """
1: loop: lwz r3, sym@l(4)       # comment
        .macro  add3 to, a, b:req, c=0
\\to\\()_x: addi \\to, %r3, 'x' + 0x1f ; blt+ cr1, 1b
        .endm
        add3 3, 4, 5
limit = . - loop
        .ascii "a\\n\\"b", "c"
        .type loop, @function
/* over
   lines */ fxvaddhm 1, 2, 3, 1
        lis 5, sym@ha
        mr 3, 4
"""
wanted = [  # word, type of Pygments, scope of TextMate
    ("1", "Name.Label", "entity.name.label"),
    ("loop", "Name.Label", "entity.name.label"),
    ("lwz", "Keyword", "support.function.mnemonic"),
    ("r3", "Name.Builtin", "variable.language.register"),
    ("sym", "Name", "variable.other"),
    ("@l", "Name.Decorator", "keyword.operator.relocation"),
    ("4", "Literal.Number.Integer", "constant.numeric.decimal"),
    ("# comment", "Comment.Single", "comment.line.number-sign"),
    (".macro", "Keyword.Pseudo", "keyword.control.directive"),
    ("add3", "Name.Function", "entity.name.function.macro"),
    ("\\to\\()_x", "Name.Label", "entity.name.label"),
    ("\\to", "Name.Variable.Magic", "variable.parameter.macro"),
    ("%r3", "Name.Builtin", "variable.language.register"),
    ("'x'", "Literal.String.Char", "constant.character"),
    ("0x1f", "Literal.Number.Hex", "constant.numeric.hex"),
    ("blt+", "Keyword.Type", "support.function.mnemonic.extended"),
    ("cr1", "Name.Builtin", "variable.language.register"),
    ("1b", "Name.Label", "variable.other.label"),
    ("limit", "Name.Variable", "variable.other.constant"),
    (".", "Name.Builtin.Pseudo", "variable.language.location"),
    ("\\n", "Literal.String.Escape", "constant.character.escape"),
    ("@function", "Keyword.Constant", "support.constant"),
    ("fxvaddhm", "Keyword", "support.function.mnemonic"),
    ("@ha", "Name.Decorator", "keyword.operator.relocation"),
    ("mr", "Keyword.Type", "support.function.mnemonic.extended"),
]


def pygments_words(text: str) -> list[tuple[str, str]]:
    return [(value, str(kind).removeprefix("Token.")) for kind, value in lexer.get_tokens(text)]


class Tokenizer:
    """As much of a TextMate engine as the grammar needs: the leftmost match counts, of equal ones the first rule."""

    def __init__(self, rules: dict[str, Any]) -> None:
        self.rules = rules

    def flat(self, patterns: list[dict[str, Any]]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for one in patterns:
            inner = self.rules["repository"][one["include"][1:]]["patterns"] if "include" in one else None
            found += [one] if inner is None else self.flat(inner)
        return found

    def words(self, text: str) -> Iterator[tuple[str, str]]:
        stack: list[dict[str, Any]] = [{"patterns": self.rules["patterns"]}]
        for line in text.split("\n"):
            yield from self.line(line, stack)

    def line(self, line: str, stack: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
        place = 0
        while True:
            top = stack[-1]
            patterns = self.flat(top["patterns"])
            tried = [(re.compile(one.get("match") or one["begin"]).search(line, place), one) for one in patterns]
            found = [(match.start(), index, match, one) for index, (match, one) in enumerate(tried) if match]
            end = re.compile(top["end"]).search(line, place) if "end" in top else None
            if end and all(end.start() <= start for start, *_ in found):
                yield from [(line[place : end.end()], top["name"])] if "name" in top else []
                stack.pop()
                place = end.end()
                continue
            if not found:
                return
            _, _, match, rule = min(found, key=lambda one: one[:2])
            yield from self.captured(match, rule)
            place = match.end()
            if "begin" in rule:
                stack.append(rule)

    @staticmethod
    def captured(match: re.Match[str], rule: dict[str, Any]) -> Iterator[tuple[str, str]]:
        captures = rule.get("captures") or rule.get("beginCaptures")
        if captures:
            yield from ((match.group(int(number)), one["name"]) for number, one in captures.items())
        elif "match" in rule:
            yield match.group(), rule["name"]


def test_words_of_a_source():
    found = pygments_words(interesting)
    assert [one for one in ((word, kind) for word, kind, _ in wanted) if one not in found] == []


def test_words_of_a_source_for_editors():
    found = list(Tokenizer(textmate).words(interesting))
    assert [word for word, _, scope in wanted if (word, f"{scope}.ppu") not in found] == []
    assert (" lines */", "comment.block.ppu") in [(word[-9:], scope) for word, scope in found]


@pytest.mark.parametrize("name", sources)
def test_golden_sources_have_no_errors_and_come_back(name: str):
    tokens = list(lexer.get_tokens(sources[name]))
    assert "".join(value for _, value in tokens) == sources[name].replace("\r\n", "\n").replace("\r", "\n")
    assert [value for kind, value in tokens if kind is Token.Error] == []


def test_there_are_golden_sources():
    assert len(sources) > 100


@given(st.text(alphabet=st.sampled_from("ab1.:;#/*\"'\\@()%$+-,= \n\tr3"), max_size=60))
def test_any_text_comes_back(text: str):
    assert "".join(value for _, value in lexer.get_tokens(text)) == text
    list(Tokenizer(textmate).words(text))


def test_every_word_of_the_tables_is_known():
    for mnemonic in isa.syntaxes:
        own = any(not one.extended for one in isa.syntaxes[mnemonic])
        assert (mnemonic, "Keyword" if own else "Keyword.Type") in pygments_words(f" {mnemonic} 1\n")
        assert (mnemonic.upper(), "Keyword" if own else "Keyword.Type") in pygments_words(f" {mnemonic.upper()} 1\n")
        scope = f"support.function.mnemonic.{'' if own else 'extended.'}ppu"
        assert next(Tokenizer(textmate).words(f" {mnemonic} 1")) == (mnemonic, scope)
    for name in directives():
        if name.startswith("."):
            assert (name, "Keyword.Pseudo") in pygments_words(f" {name} 1\n")
            assert next(Tokenizer(textmate).words(f"{name} 1")) == (name, "keyword.control.directive.ppu")
    for name in load_relocations().operators:
        assert (f"@{name}", "Name.Decorator") in pygments_words(f" li 3,x@{name}\n")
    for name in words()["registers"]:
        assert (name, "Name.Builtin") in pygments_words(f" mtspr {name},3\n")


def test_longer_words_are_not_cut():
    assert ("addx", "Name.Function") in pygments_words(" addx 1\n")
    assert ("r33", "Name") in pygments_words(" li r33,1\n")
    assert next(Tokenizer(textmate).words("add.x 1")) == ("add.x", "entity.name.function.macro.ppu")


def test_alternations():
    pattern = alternation(["add", "add.", "b", "bl", "bdnz+", "a"])
    assert pattern == r"(?:a(?:dd(?:\.)?)?|b(?:dnz\+|l)?)"
    assert all(re.fullmatch(pattern, word) for word in ("add", "add.", "b", "bl", "bdnz+", "a"))
    assert not any(re.fullmatch(pattern, word) for word in ("ad", "bdnz", "addx", ""))


def test_patterns_compile_and_match_something():
    for rules in highlighting().contexts.values():
        for rule in rules:
            for pattern in (rule.match, rule.begin, rule.end):
                if pattern:
                    assert re.compile(pattern).match("") is None
                    assert "{{" not in pattern


def test_the_grammar_is_complete():
    assert textmate == grammar(highlighting())
    assert (textmate["scopeName"], textmate["fileTypes"]) == ("source.ppu", ["s", "S"])
    used = set(re.findall(r'"include": "#(\w+)"', grammar_text()))
    assert used == set(textmate["repository"]) - {"comment", "string"}


def test_the_lexer_as_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    place = tmp_path / "ppu_lexer.py"
    assert main(["doc", "lexer", "pygments", "-o", str(place)]) == 0
    assert place.read_text() == lexer_module()
    spec = importlib.util.spec_from_file_location("ppu_lexer", place)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert "hicannx" not in place.read_text().partition('"""\n\n')[2] and "ppu_lexer" not in sys.modules
    other = module.PpuAssemblyLexer(stripnl=False, ensurenl=False)
    assert list(other.get_tokens(interesting)) == list(lexer.get_tokens(interesting))
    assert (other.name, other.aliases) == (lexer.name, lexer.aliases) == ("PPU assembly", ["ppuasm"])
    capsys.readouterr()
    assert main(["doc", "textmate"]) == 0
    assert json.loads(capsys.readouterr().out) == textmate
