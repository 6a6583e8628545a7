"""Lanes: numbers that a function in LLVM's language computes with at once, as the packed registers of the host.

Where LLVM itself makes them of a loop, it first looks whether arrays overlap, which takes as long as a short loop.
"""

from __future__ import annotations

from typing import Any

_contracted = ("contract",)  # products and sums are rounded once where the host can


class Lanes:
    """Numbers, or truth values of a comparison, in a block of LLVM's code; beside them numbers of Python can stand."""

    def __init__(self, builder: Any, value: Any) -> None:
        self._builder, self.value = builder, value

    def __add__(self, other: Any) -> Lanes:
        return self._joined("add", other)

    def __sub__(self, other: Any) -> Lanes:
        return self._joined("sub", other)

    def __mul__(self, other: Any) -> Lanes:
        return self._joined("mul", other)

    def __lshift__(self, bits: int) -> Lanes:
        return self._with(self._builder.shl(self.value, self._taken(bits)))

    def __and__(self, other: Lanes) -> Lanes:
        return self._with(self._builder.and_(self.value, other.value))

    def __gt__(self, other: Any) -> Lanes:
        return self._compared(">", other)

    def __ge__(self, other: Any) -> Lanes:
        return self._compared(">=", other)

    def same_as(self, other: Any) -> Lanes:
        """Where numbers are equal."""
        return self._compared("==", other)

    def where(self, condition: Lanes, other: Any) -> Lanes:
        """These where the condition holds, the other ones elsewhere."""
        return self._with(self._builder.select(condition.value, self.value, self._taken(other)))

    def at_most(self, limit: Any) -> Lanes:
        """The smaller ones."""
        return self.where(self._compared("<", limit), limit)

    def at_least(self, limit: Any) -> Lanes:
        """The larger ones."""
        return self.where(self._compared(">", limit), limit)

    def fractions(self) -> Lanes:
        """Whole numbers as float32."""
        return self._with(self._builder.sitofp(self.value, self._vector(_float())))

    def shortened(self) -> Lanes:
        """Whole numbers as int32."""
        return self._with(self._builder.trunc(self.value, self._vector(whole(32))))

    def bits(self) -> Lanes:
        """The bits of float32 as whole numbers."""
        return self._with(self._builder.bitcast(self.value, self._vector(whole(32))))

    def numbers(self) -> Lanes:
        """Bits as float32."""
        return self._with(self._builder.bitcast(self.value, self._vector(_float())))

    def mask(self) -> Any:
        """A number of 64 bits, one for each truth value, the lowest for the first."""
        return self._builder.zext(self._bits(), whole(64))

    def is_any(self) -> Any:
        """Whether one of the truth values is true."""
        return self._builder.icmp_unsigned("!=", self._bits(), whole(self.value.type.count)(0))

    def _bits(self) -> Any:
        return self._builder.bitcast(self.value, whole(self.value.type.count))

    def store(self, pointer: Any) -> None:
        """Put them into memory, one after the other."""
        place = self._builder.bitcast(pointer, self.value.type.as_pointer())
        self._builder.store(self.value, place, align=1)

    def _joined(self, what: str, other: Any) -> Lanes:
        if self._is_fraction:
            return self._with(getattr(self._builder, f"f{what}")(self.value, self._taken(other), flags=_contracted))
        return self._with(getattr(self._builder, what)(self.value, self._taken(other)))

    def _compared(self, sign: str, other: Any) -> Lanes:
        compare = self._builder.fcmp_ordered if self._is_fraction else self._builder.icmp_signed
        return self._with(compare(sign, self.value, self._taken(other)))

    @property
    def _is_fraction(self) -> bool:
        return bool(self.value.type.element == _float())

    def _taken(self, other: Any) -> Any:
        kind = self.value.type
        return other.value if isinstance(other, Lanes) else kind(kind.count * [other])

    def _vector(self, kind: Any) -> Any:
        return _vector(kind, self.value.type.count)

    def _with(self, value: Any) -> Lanes:
        return Lanes(self._builder, value)


def load(builder: Any, pointer: Any, kind: Any, count: int) -> Lanes:
    """Numbers that lie one after the other in memory."""
    place = builder.bitcast(pointer, _vector(kind, count).as_pointer())
    return Lanes(builder, builder.load(place, align=1))


def spread(builder: Any, number: Any, count: int) -> Lanes:
    """The same number in all."""
    kind = _vector(number.type, count)
    one = builder.insert_element(kind(None), number, whole(32)(0))
    return Lanes(builder, builder.shuffle_vector(one, kind(None), _vector(whole(32), count)(count * [0])))


def gathered(builder: Any, pointer: Any, places: Lanes) -> Lanes:
    """Numbers of 64 bits at these places of an array, places that are unsigned bytes."""
    count = places.value.type.count
    at = builder.zext(places.value, _vector(whole(64), count))
    values = _vector(whole(64), count)(None)
    for lane in range(count):
        place = builder.gep(pointer, [builder.extract_element(at, whole(32)(lane))])
        values = builder.insert_element(values, builder.load(place), whole(32)(lane))
    return Lanes(builder, values)


def chosen(builder: Any, mask: Any, count: int) -> Lanes:
    """The truth values that the lowest bits of a mask stand for."""
    return Lanes(builder, builder.bitcast(builder.trunc(mask, whole(count)), _vector(whole(1), count)))


def _vector(kind: Any, count: int) -> Any:
    from llvmlite import ir

    return ir.VectorType(kind, count)


def _float() -> Any:
    from llvmlite import ir

    return ir.FloatType()


def whole(bits: int) -> Any:
    """The type of whole numbers of so many bits."""
    from llvmlite import ir

    return ir.IntType(bits)
