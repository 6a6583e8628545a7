"""What a section is, as far as the rules of placement ask."""

from __future__ import annotations

from enum import Flag, auto
from functools import cache


class Kind(Flag):
    """Occupies memory; is loaded from the file; has contents in the file; and so on."""

    NONE = 0
    ALLOC = auto()
    LOAD = auto()
    CONTENTS = auto()
    READONLY = auto()
    CODE = auto()
    DATA = auto()
    MERGE = auto()
    STRINGS = auto()
    TLS = auto()
    DEBUG = auto()
    EXCLUDE = auto()
    KEEP = auto()
    NOLOAD = auto()


_debug_names = (".debug", ".zdebug", ".line", ".stab", ".gnu.linkonce.wi.")


@cache
def kind_of(name: str, type_: str, flags: str) -> Kind:
    """The kind of a section with this name, type and flag letters."""
    kind = Kind.NONE if type_ == "nobits" else Kind.CONTENTS
    if "a" in flags:
        kind |= Kind.ALLOC | (Kind.NONE if type_ == "nobits" else Kind.LOAD)
    elif name.startswith(_debug_names):
        kind |= Kind.DEBUG
    if "w" not in flags:
        kind |= Kind.READONLY
    kind |= Kind.CODE if "x" in flags else Kind.DATA if kind & Kind.LOAD else Kind.NONE
    for letter, one in (("M", Kind.MERGE), ("S", Kind.STRINGS), ("T", Kind.TLS), ("e", Kind.EXCLUDE)):
        kind |= one if letter in flags else Kind.NONE
    return kind


def flags_of(kind: Kind) -> str:
    """The flag letters of an output section."""
    letters = "" if kind & Kind.READONLY else "w"
    for letter, one in (("a", Kind.ALLOC), ("x", Kind.CODE), ("M", Kind.MERGE), ("S", Kind.STRINGS), ("T", Kind.TLS)):
        letters += letter if kind & one else ""
    return letters
