"""The Pygments lexer `ppuasm` for assembly sources; its words come from the tables when it is first used."""

from __future__ import annotations

from typing import Any, ClassVar

from pygments.lexer import RegexLexer, bygroups
from pygments.token import string_to_tokentype

from hicannx.tools.doc.highlight import highlight_table, highlighting
from hicannx.tools.doc.lexer import State, states

__all__ = ["PpuAssemblyLexer"]


class PpuAssemblyLexer(RegexLexer):  # type: ignore[misc]
    """Instructions, directives, registers and the rest of an assembly source; unknown mnemonics count as macros."""

    name = highlight_table().name
    aliases: ClassVar[list[str]] = [highlight_table().alias]
    alias_filenames: ClassVar[list[str]] = [f"*.{ending}" for ending in highlight_table().endings]
    flags = 0

    @classmethod
    def get_tokendefs(cls) -> dict[str, list[Any]]:
        """The rules; Pygments asks for them when the first lexer is made."""
        return {name: [_rule(one) for one in group] for name, group in states(highlighting()).items()}


def _rule(state: State) -> tuple[Any, ...]:
    pattern, names, following = state
    tokens = [string_to_tokentype(f"Token.{name}") for name in names]
    action = tokens[0] if len(tokens) == 1 else bygroups(*tokens)
    return (pattern, action, following) if following else (pattern, action)
