"""Registers in the order of addresses: arrays of arrays of words that nothing else stands between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

import attrs

from hicannx.regmodel.container import Container, Place
from hicannx.regmodel.load import load_registers
from hicannx.tools.export.regularity import Level, regularity


@attrs.frozen
class Word:
    """A word of each instance, `offset` words behind the begin of what it is in."""

    offset: int
    word: int

    @property
    def span(self) -> int:
        """From the first to behind the last word."""
        return 1

    @property
    def words(self) -> frozenset[int]:
        """Which words of an instance are in it."""
        return frozenset({self.word})


@attrs.frozen
class Array:
    """Something that repeats: the level tells how often, `inside` are words and further arrays by offset.

    Array elements are in the order of addresses: where `backwards`, the instances are in the other order.
    """

    offset: int
    level: Level
    inside: tuple[Word | Array, ...]

    @property
    def stride(self) -> int:
        """The distance of elements in words, never negative."""
        return abs(self.level.stride)

    @property
    def backwards(self) -> bool:
        """Whether the last element has the lowest number."""
        return self.level.stride < 0

    @property
    def step(self) -> int:
        """By how much the instance number grows from one element to the next, negative where backwards."""
        return -self.level.step if self.backwards else self.level.step

    @property
    def span(self) -> int:
        """From the first word to behind the last one."""
        last = max(one.offset + one.span for one in self.inside)
        return (self.level.count - 1) * self.stride + last

    @property
    def words(self) -> frozenset[int]:
        """Which words of an instance are in it."""
        return frozenset().union(*(one.words for one in self.inside))

    @property
    def only_word(self) -> int | None:
        """The word that each element begins with, where there is nothing else in it."""
        (first, *others) = self.inside
        return first.word if isinstance(first, Word) and first.offset == 0 and not others else None


Node = Word | Array


@attrs.frozen
class Piece:
    """Words of a container at an address, none of others between them, and the first instance that is there.

    `fixed` are the digits of the coordinate that all its instances have: levels and values.
    """

    container: Container
    place: Place
    address: int
    instance: int
    inside: tuple[Node, ...]
    fixed: tuple[tuple[Level, int], ...] = ()

    @property
    def span(self) -> int:
        """From the first to behind the last word."""
        return max(one.offset + one.span for one in self.inside)

    @property
    def end(self) -> int:
        """The address behind its last word."""
        return self.address + self.span

    @property
    def words(self) -> frozenset[int]:
        """Which words of an instance are in it."""
        return frozenset().union(*(one.words for one in self.inside))

    @property
    def name(self) -> str:
        """The name of the container, with that of the part of it that this is."""
        names = {part.name: part.names for part in self.container.numbering.parts}
        digits = ((names[one.part] if one.whole else (), value) for one, value in self.fixed)
        shown = (values[value] if values else str(value) for values, value in digits)
        words = () if len(self.words) == self.container.words else (f"w{word}" for word in sorted(self.words))
        return "_".join([self.container.name, *shown, *words])


def lay_out(containers: Iterable[Container], spaces: Iterable[str]) -> list[Piece]:
    """What these containers have in some spaces of one bus, by address; no two pieces overlap. Aliases are left out."""
    pieces = [piece for one in containers for piece in _pieces(one, set(spaces))]
    while True:
        pieces.sort(key=lambda one: (one.address, -one.end))
        mixed = _mixed(pieces)
        if not mixed:
            return _joined(pieces)
        parts = (_taken_apart(one) if number in mixed else [one] for number, one in enumerate(pieces))
        pieces = [piece for part in parts for piece in part]


@cache
def pieces_of(spaces: tuple[str, ...], images: tuple[str | None, ...]) -> tuple[Piece, ...]:
    """What all registers of some images of the FPGA (None: of each) have in some spaces of one bus."""
    every = load_registers().containers.values()
    return tuple(lay_out([one for one in every if one.image in images], spaces))


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Words of one instance that nothing stands between as one piece."""
    found: list[Piece] = []
    for one in pieces:
        last = found[-1] if found else None
        if last is not None and _belong_together(last, one):
            moved = tuple(_moved(node, one.address - last.address) for node in one.inside)
            found[-1] = attrs.evolve(last, inside=(*last.inside, *moved))
        else:
            found.append(one)
    return found


def _belong_together(first: Piece, second: Piece) -> bool:
    same = first.container is second.container and (first.place, first.fixed) == (second.place, second.fixed)
    return same and all(isinstance(node, Word) for one in (first, second) for node in one.inside)


def _mixed(pieces: list[Piece]) -> set[int]:
    """Which pieces have others between their words: of each two the longer one."""
    found = set()
    for number, one in enumerate(pieces):
        for other_number in range(number + 1, len(pieces)):
            other = pieces[other_number]
            if other.address >= one.end:
                break
            found.add(number if one.end - one.address >= other.end - other.address else other_number)
    return found


def _pieces(container: Container, spaces: set[str]) -> Iterator[Piece]:
    if container.alias_of is not None:
        return
    for place in container.places:
        if place.space in spaces:
            chains = [_chain(container, place, word) for word in range(container.words)]
            for chain, node in _nested(chains):
                yield Piece(container, place, node.offset, chain.instance, (_moved(node, -node.offset),))


@attrs.frozen
class _Chain:
    """A word with its levels by distance, the farthest first; its lowest address, and the instance that is there."""

    address: int
    instance: int
    levels: tuple[Level, ...]
    word: int

    @property
    def key(self) -> tuple[int, Level | None]:
        return self.instance, self.levels[0] if self.levels else None

    def span(self, depth: int) -> int:
        return 1 + sum((one.count - 1) * abs(one.stride) for one in self.levels[depth:])


def _chain(container: Container, place: Place, word: int) -> _Chain:
    address, found = regularity(container, place, word)
    ordered = tuple(sorted(found, key=lambda one: -abs(one.stride)))
    turned = [one for one in found if one.stride < 0]
    address += sum((one.count - 1) * one.stride for one in turned)
    instance = sum((one.count - 1) * one.step for one in turned)
    return _Chain(address, instance, ordered, word)


def _nested(chains: list[_Chain], depth: int = 0) -> tuple[tuple[_Chain, Node], ...]:
    """Words and arrays, with a word that is in each of them; offsets are addresses."""
    found: list[tuple[_Chain, Node]] = []
    rest = sorted(chains, key=lambda one: one.address)
    while rest:
        first = rest[0]
        if len(first.levels) == depth:
            found.append((first, Word(first.address, first.word)))
            rest = rest[1:]
            continue
        level = first.levels[depth]
        together = [one for one in rest if _fits(one, first, level, depth)]
        inside = tuple(_moved(node, -first.address) for _, node in _nested(together, depth + 1))
        found.append((first, Array(first.address, level, inside)))
        rest = [one for one in rest if one not in together]
    return tuple(found)


def _fits(one: _Chain, first: _Chain, level: Level, depth: int) -> bool:
    """Whether a word repeats as another one does, and lies within its distance."""
    same = one.instance == first.instance and one.levels[: depth + 1] == first.levels[: depth + 1]
    return same and one.address - first.address + one.span(depth + 1) <= abs(level.stride)


def _moved(node: Node, by: int) -> Node:
    return attrs.evolve(node, offset=node.offset + by)


def _taken_apart(piece: Piece) -> Iterator[Piece]:
    """What a piece consists of."""
    (node,) = piece.inside
    assert isinstance(node, Array), f"{piece.container.name}: a word of it belongs to others, too"
    for number in range(node.level.count):
        value = node.level.count - 1 - number if node.backwards else number
        for one in node.inside:
            yield Piece(
                piece.container,
                piece.place,
                piece.address + number * node.stride + one.offset,
                piece.instance + number * node.step,
                (_moved(one, -one.offset),),
                (*piece.fixed, (node.level, value)),
            )
