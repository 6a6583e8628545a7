"""Registers as a bitstream's text names them: which instance, which words, with which values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.regmodel.addressmap import on_omnibus
from hicannx.regmodel.codec import check_value
from hicannx.regmodel.container import Container
from hicannx.regmodel.coordinate import instance
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.access import full_byte_enables
from hicannx.regmodel.playback.form import number
from hicannx.regmodel.playback.statement import Assignment, Register, Word

_access = {"r": "read", "w": "written"}


def find_container(name: Word, access: str) -> Container:
    """The container of a name; a DiagnosticError (B123, B124) where there is none, or it has no such access."""
    containers = on_omnibus()
    container = containers.get(name.text)
    if container is None and name.text in load_registers().containers:
        title, help_text = f"{name.text} is not accessed over the Omnibus", "write the instructions that reach it"
        raise DiagnosticError([Diagnostic("B124", title, name.span, help=help_text)])
    if container is None:
        help_text = did_you_mean(name.text, containers)
        raise DiagnosticError([Diagnostic("B123", f"there is no register `{name.text}`", name.span, help=help_text)])
    if access not in container.access:
        title, help_text = f"{container.name} cannot be {_access[access]}", "give an address in place of the name"
        raise DiagnosticError([Diagnostic("B124", title, name.span, help=help_text)])
    return container


def find_instance(container: Container, register: Register) -> int:
    """The instance meant; a DiagnosticError (B125, B126, R111 to R114) where there is none or it stands elsewhere."""
    index = register.index
    if index is None:
        if container.instances > 1:
            title = f"{container.name} has {container.instances} instances, and none is given"
            help_text = f"write the number of one, as in `{container.name}[0]`"
            raise DiagnosticError([Diagnostic("B125", title, register.name.span, help=help_text)])
        found = 0
    elif isinstance(index, Word):
        found = instance(container.numbering, index.text, index.span)
    else:
        parts: dict[str, str] = {}
        for one in index:
            _check_new(container, one, parts)
            parts[one.key.text] = _single(one).text
        found = instance(container.numbering, parts, index[0].span.to(index[-1].span))
    _check_place(container, found, register)
    return found


def _check_new(container: Container, one: Assignment, given: Mapping[str, Any]) -> None:
    if one.key.text in given:
        title = f"`{one.key.text}` of {container.name} is given twice"
        raise DiagnosticError([Diagnostic("B128", title, one.span, help="remove one of them")])


def _single(one: Assignment) -> Word:
    if isinstance(one.value, Word):
        return one.value
    title = f"`{one.key.text}` takes one value, not a list"
    raise DiagnosticError([Diagnostic("B128", title, one.span, help="access one instance a line")])


def _check_place(container: Container, e: int, register: Register) -> None:
    if register.at is None:
        return
    address = container.addresses(e)[find_words(container, register)][0]
    if number(register.at) != address:
        place = f"{container.name}[{e}]" if container.instances > 1 else container.name
        title = f"{place} does not stand at {register.at.text}"
        help_text = f"it stands at {address:#010x}; `at` may be left out"
        raise DiagnosticError([Diagnostic("B126", title, register.at.span, help=help_text)])


def find_words(container: Container, register: Register) -> slice:
    """The word that is meant, or all; a DiagnosticError (B127) where there is no such word."""
    if register.word is None:
        return slice(None)
    word = number(register.word)
    if not 0 <= word < container.words:
        title = f"{container.name} has no word {word} (0 to {container.words - 1})"
        raise DiagnosticError([Diagnostic("B127", title, register.word.span)])
    return slice(word, word + 1)


def find_enables(word: Word | None) -> int | None:
    """The byte enables that are given, None where not; a DiagnosticError (B129) where they do not fit."""
    if word is None:
        return None
    enables = number(word)
    if not 0 <= enables <= full_byte_enables():
        title = f"`{word.text}` is no choice of bytes (0x0 to {full_byte_enables():#x})"
        raise DiagnosticError([Diagnostic("B129", title, word.span, help="bit i enables byte i, the lowest being 0")])
    return enables


def find_values(container: Container, fields: Sequence[Assignment]) -> dict[str, Any]:
    """Values by field; a DiagnosticError (B122, B128, R121 to R123) at the first that is wrong."""
    values: dict[str, Any] = {}
    for one in fields:
        name = one.key.text
        field = container.by_name.get(name)
        if field is None:
            help_text = did_you_mean(name, container.by_name)
            raise DiagnosticError(
                [Diagnostic("R121", f"{container.name} has no field `{name}`", one.key.span, help=help_text)]
            )
        _check_new(container, one, values)
        given = one.value
        value = _value(given) if isinstance(given, Word) else [_value(word) for word in given]
        wrong = check_value(container, field, value)
        if wrong:
            raise DiagnosticError([attrs.evolve(bad, span=one.span) for bad in wrong])
        values[name] = value
    return values


def _value(word: Word) -> Any:
    """A number, `true` or `false`, or a name that stands for a number."""
    if word.text in ("true", "false"):
        return word.text == "true"
    return word.text if word.text[0].isalpha() or word.text[0] == "_" else number(word)
