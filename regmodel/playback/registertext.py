"""Words of registers as fields with their values, as far as this text means the same words again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.codec import decode, encode
from hicannx.regmodel.container import Container
from hicannx.regmodel.field import Field

_most_kept = 1 << 16


@attrs.frozen
class Shown:
    """Fields as text and as values; `exact` where they mean the same words again, all other fields being default."""

    text: str
    values: Mapping[str, Any]
    exact: bool


@attrs.frozen
class RegisterTexts:
    """Texts of registers, those of the last ones kept; `brief` leaves out what has its default."""

    brief: bool = False
    _kept: dict[tuple[str, int | None, tuple[int, ...]], Shown] = attrs.field(factory=dict)

    def whole(self, container: Container, words: Sequence[int]) -> Shown:
        """All fields of a register with these words."""
        return self._shown(container, None, tuple(words))

    def part(self, container: Container, word: int, data: int, others: Sequence[int | None]) -> Shown:
        """The fields that reach into one word; where not all `others` are known, only those that lie in it."""
        known = [0 if one is None else one for one in others]
        known[word] = data
        complete = all(one is not None for place, one in enumerate(others) if place != word)
        return self._shown(container, word if complete else ~word, tuple(known))

    def _shown(self, container: Container, word: int | None, words: tuple[int, ...]) -> Shown:
        key = container.name, word, words
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= _most_kept:
                self._kept.clear()
            found = self._kept[key] = self._make(container, word, words)
        return found

    def _make(self, container: Container, word: int | None, words: tuple[int, ...]) -> Shown:
        values = decode(container, words)
        fields = [field for field in container.fields if field.name in values and _reaches(field, word)]
        values = {field.name: plain(values[field.name]) for field in fields}
        kept = [field for field in fields if not self.brief or not _is_default(field, values[field.name])]
        text = " ".join(f"{field.name}={value_text(values[field.name], field.enum)}" for field in kept)
        return Shown(text, values, _means(container, values, word, words))


def _reaches(field: Field, word: int | None) -> bool:
    """Whether a field has bits in a word; for the complement of its number, whether all of them are there."""
    if word is None:
        return True
    parts = [part.word for element in field.elements for part in element]
    return word in parts if word >= 0 else set(parts) == {~word}


def _is_default(field: Field, value: Any) -> bool:
    return bool((tuple(value) if isinstance(value, list) else value) == field.default)


def _means(container: Container, values: Mapping[str, Any], word: int | None, words: tuple[int, ...]) -> bool:
    try:
        again = encode(container, values)
    except DiagnosticError:
        return False
    return again == list(words) if word is None else again[max(word, ~word)] == words[max(word, ~word)]


def plain(value: Any) -> Any:
    """A value of a field without arrays: an integer or a list of them."""
    if isinstance(value, Iterable):
        return [plain(one) for one in value]
    return int(value) if isinstance(value, bool | np.bool_ | np.integer) else value


def value_text(value: Any, names: Mapping[str, int]) -> str:
    """A value of a field to be read: the name that stands for it, or its number."""
    if isinstance(value, list):
        return "[" + " ".join(value_text(one, names) for one in value) + "]"
    return next((name for name, number in names.items() if number == value), str(value))
