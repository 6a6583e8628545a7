"""What a test of the usual software asserts of a register: its addresses, its words or some of their bits.

Settings that the record does not know are marked in it; the words themselves then say what they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.addressmap import lookup_all
from hicannx.regmodel.codec import decode, encode
from hicannx.regmodel.composite import load_composites
from hicannx.regmodel.container import Container
from hicannx.regmodel.expansion import expand
from hicannx.regmodel.load import load_registers
from hicannx.tools.conform.outcome import Outcome, failed, passed, skipped
from hicannx.tools.conform.record import Context
from hicannx.tools.conform.registerview import compare, container_of, first_failure, hexadecimal, refused

Settings = list[tuple[str, list[int]]]


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Find the instance, and compare addresses, words and bits."""
    del context
    name = record["test"].partition(".")[0]
    container = container_of(name)
    if container is None and name not in load_composites():
        return skipped(f"there is no register `{name}`")
    try:
        return first_failure(list(_outcomes(container, record) if container else _of_parts(name, record)))
    except DiagnosticError as error:
        return refused(error)


def _outcomes(container: Container, record: Mapping[str, Any]) -> Iterator[Outcome]:
    settings, e = _literal(container, record["settings"]), 0
    if "addresses" in record:
        found = _instance(container, record["addresses"][0])
        if found is None:
            yield failed(f"{container.name} does not stand there", hexadecimal(record["addresses"]))
            return
        e, addresses = found
        yield compare("address", record["addresses"], addresses)
    if "words32" in record:
        yield _words(container, record["words32"], e, settings)
    if "word_index" in record:
        yield _bits(container, record, e, settings)


def _of_parts(name: str, record: Mapping[str, Any]) -> Iterator[Outcome]:
    """The words of a composite, register by register."""
    expansion, words, first = expand(name, 0), record.get("words32", ()), 0
    for leaf, instance in zip(expansion.leaf.tolist(), expansion.instance[0].tolist() if words else ()):
        container = load_registers().containers[expansion.leaves[leaf].register]
        yield _words(container, words[first : first + container.words], instance, [])
        first += container.words
    if words and first != len(words):
        yield failed("there is another number of words", len(words), first)


def _literal(container: Container, settings: Sequence[Sequence[Any]]) -> Settings:
    """The settings of fields whose values the record has."""
    return [
        (name, values)
        for name, *values in settings
        if name in container.by_name and values and all(isinstance(value, int) for value in values)
    ]


def _instance(container: Container, address: int) -> tuple[int, list[int]] | None:
    """The instance that stands there, and the addresses of all of its words."""
    for place in container.places:
        for one in lookup_all(address, place.bus):
            if one.container.name == container.name and one.word == 0:
                return one.instance, container.addresses(one.instance, place)
    return None


def _words(container: Container, words: Sequence[int], e: int, settings: Settings) -> Outcome:
    decoded = decode(container, words, e, valid_only=False)
    for name, values in settings:
        if name in decoded and not _agrees(decoded[name], values):
            return failed(f"field `{name}` differs", values, decoded[name])
    return compare("word", words, encode(container, decoded, e))


def _agrees(decoded: Any, values: list[int]) -> bool:
    """Whether a field has the value, or one element of an array has: any, or that of an index that comes first."""
    if not isinstance(decoded, list):
        return int(decoded) == values[-1]
    return values[-1] in decoded if len(values) == 1 else int(decoded[values[0]]) == values[1]


def _bits(container: Container, record: Mapping[str, Any], e: int, settings: Settings) -> Outcome:
    """By the settings, where those of all fields in these bits are known; else whether the bits survive decoding."""
    index, mask, is_any = record["word_index"], record["mask"], record["op"] == "nonzero"
    wanted = mask if is_any else record["expect"]
    values = {name: numbers[0] for name, numbers in settings if container.by_name[name].size is None}
    if not _fields_in(container, index, mask) <= values.keys():
        words = list(container.default_words) or [0] * container.words
        words[index] = words[index] & ~mask | wanted
        values = decode(container, words, e, valid_only=False)
    word = encode(container, values, e)[index] & mask
    if word == wanted or (is_any and word):
        return passed
    return failed(f"bits {mask:#x} of word {index} differ", hexadecimal([wanted]), hexadecimal([word]))


def _fields_in(container: Container, index: int, mask: int) -> set[str]:
    """The fields with some of these bits of a word."""
    return {
        field.name
        for field in container.fields
        for part in (part for parts in field.elements for part in parts)
        if part.word == index and (1 << part.bits) - 1 << part.lsb & mask
    }
