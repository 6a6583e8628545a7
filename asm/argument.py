"""Arguments of macros: where one ends, and what it is without its quotes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

Evaluate: TypeAlias = Callable[[str], int]

_name = re.compile(r"[A-Za-z_.$][\w.$]*", re.ASCII)
_keyword = re.compile(r"([A-Za-z_.$][\w.$]*)=", re.ASCII)
_equality = re.compile(r'[^\s,";()=]*=')
_comma = re.compile(r"\s*,?\s*")
_quoted = re.compile(r'"((?:\\.|""|[^"\\])*)("|\Z)', re.DOTALL)
_plain = re.compile(r"""[^\s,("'\[\])<]+""")
_closing = {"(": ")", "[": "]"}


class ArgumentReader:
    """Reads arguments from a text one by one; `evaluate` is there where the alternate macro syntax is on."""

    def __init__(self, text: str, evaluate: Evaluate | None = None) -> None:
        self.text, self.position, self.evaluate = text, 0, evaluate

    @property
    def at_end(self) -> bool:
        """Whether all is read."""
        return self.position >= len(self.text)

    @property
    def rest(self) -> str:
        """What is not yet read."""
        return self.text[self.position :]

    def take_rest(self) -> str:
        """Read all that is left."""
        rest, self.position = self.rest, len(self.text)
        return rest

    def take(self, character: str) -> bool:
        """Read this character, with the blanks around it, if it stands here."""
        match = re.compile(rf"\s*{character}\s*").match(self.text, self.position)
        self.position = match.end() if match else self.position
        return match is not None

    def skip_comma(self) -> None:
        """Read blanks and at most one comma among them."""
        match = _comma.match(self.text, self.position)
        self.position = match.end() if match else self.position

    def name(self) -> str:
        """Read a name; empty when there is none."""
        match = _name.match(self.text, self.position)
        self.position = match.end() if match else self.position
        return match.group() if match else ""

    def keyword(self) -> str:
        """Read `name=`; empty when there is none."""
        match = _keyword.match(self.text, self.position)
        self.position = match.end() if match else self.position
        return match.group(1) if match else ""

    @property
    def at_equality(self) -> bool:
        """Whether an equals sign follows, before anything that separates: what is before it should be a name."""
        return _equality.match(self.text, self.position) is not None

    def argument(self) -> str:
        """Read one argument: a string without its quotes, or all up to a blank or comma outside parentheses."""
        if self.at_end:
            return ""
        first = self.text[self.position]
        if self.evaluate and first == "%":
            return self._number(self.evaluate)
        if self.evaluate and first == "<":
            return self._bracketed()
        if first == '"':
            return self._string()
        return self._unquoted()

    def _number(self, evaluate: Evaluate) -> str:
        self.position += 1
        return str(evaluate(self._unquoted()))

    def _string(self) -> str:
        found = ""
        while not self.at_end and (match := _quoted.match(self.text, self.position)):
            self.position = match.end()
            found += match.group(1).replace('""', '"')
        return f'"{found}"' if self.evaluate else found

    def _bracketed(self) -> str:
        depth = 0
        found = []
        while not self.at_end:
            character = self.text[self.position]
            self.position += 1
            if character == "!" and not self.at_end:
                character = self.text[self.position]
                self.position += 1
            elif character in "<>":
                depth += 1 if character == "<" else -1
                if depth == 0:
                    break
                if depth == 1 and character == "<":
                    continue
            found.append(character)
        return "".join(found)

    def _unquoted(self) -> str:
        start = self.position
        expected: list[str] = []
        while not self.at_end:
            plain = _plain.match(self.text, self.position)
            if plain:
                self.position = plain.end()
                continue
            character = self.text[self.position]
            if character == "," or (character.isspace() and not expected) or (character == "<" and self.evaluate):
                break
            self.position += 1
            if character in "\"'":
                end = self.text.find(character, self.position)
                self.position = end + 1 if end >= 0 else len(self.text)
            elif character in _closing:
                expected.append(_closing[character])
            elif expected and character == expected[-1]:
                expected.pop()
        return self.text[start : self.position]
