"""The words that a highlighter knows, from the tables of the instruction set and the assembler."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from hicannx.asm.dialect import load_dialects, make_dialect
from hicannx.asm.relocation import known_operators
from hicannx.isa.load import load_isa
from hicannx.tools.doc.directives import directive_names

_Tree: TypeAlias = "dict[str, _Tree]"


def words() -> Mapping[str, list[str]]:
    """Lists of words by the names that highlight.yaml has for them."""
    isa = load_isa()
    rows = {one.mnemonic for group in isa.syntaxes.values() for one in group if not one.extended}
    return {
        "rows": sorted(rows),
        "extended": sorted(isa.syntaxes.keys() - rows),
        "directives": sorted(directive_names()),
        "registers": sorted(_registers()),
        "operators": sorted(known_operators()),
    }


def _registers() -> set[str]:
    """Names of registers of all dialects and kinds."""
    made = (make_dialect(name, bare_names=True) for name in load_dialects().dialects)
    return {name for one in made for names in one.bare.values() for name in names}


def alternation(given: Iterable[str]) -> str:
    """A regular expression that matches the longest of these words, with common beginnings taken together."""
    tree: _Tree = {}
    for word in given:
        node = tree
        for character in word:
            node = node.setdefault(character, {})
        node[""] = {}
    return _branches(tree)


def _branches(tree: _Tree) -> str:
    """What may follow; the key "" says that the word may end here."""
    parts = [re.escape(first) + _branches(rest) for first, rest in sorted(tree.items()) if first]
    if not parts:
        return ""
    text = parts[0] if len(parts) == 1 and "" not in tree else f"(?:{'|'.join(parts)})"
    return f"{text}?" if "" in tree else text
