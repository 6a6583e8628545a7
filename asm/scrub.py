"""Text as macros see it: blanks only where they separate, characters as their numbers."""

from __future__ import annotations

import re

from hicannx.asm.literal import character_value

_piece = re.compile(r"""("(?:\\.|[^"\\])*"?)|('(?:\\.|[^\\])'?)|(\s+)|([^"'\s]+|.)""", re.DOTALL)
_part_of_name = re.compile(r"[\w.$%\[]")  # what a blank beside it separates, as GNU as has it for this processor


def scrub(text: str) -> str:
    """The text with characters (`'a'`) as numbers, and without the blanks that separate nothing."""
    parts: list[str] = []
    blank = separates = False
    for string, character, space, other in _piece.findall(text):
        if space:
            blank = True
            continue
        piece = string or (str(character_value(character)) if character else other)
        if blank and separates and _binds(piece[0]):
            parts.append(" ")
        blank, separates = False, not character and _binds(piece[-1])
        parts.append(piece)
    return "".join(parts)


def _binds(character: str) -> bool:
    return character == '"' or _part_of_name.match(character) is not None


def number_characters(text: str) -> str:
    """The text with characters as numbers, where it has any."""
    if "'" not in text:
        return text
    pieces = _piece.findall(text)
    return "".join(a or (str(character_value(b)) if b else c or d) for a, b, c, d in pieces)
