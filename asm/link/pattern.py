"""Which input sections a pattern of the script means, and in which order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache

from hicannx.asm.link.inputs import InputFile, InputSection
from hicannx.asm.link.script import InputPattern, SectionPattern

_wild = re.compile(r"[*?\[]")
_sorts = {
    "SORT": "name", "SORT_BY_NAME": "name", "SORT_BY_ALIGNMENT": "alignment", "SORT_BY_INIT_PRIORITY": "priority",
}  # fmt: skip


@cache
def matcher(pattern: str) -> Callable[[str], bool]:
    """A test for names that match: `*` any characters, `?` one, `[a-z]` one of these; slashes are like others."""
    if not _wild.search(pattern):
        return pattern.__eq__
    compiled = re.compile(_translate(pattern))
    return lambda name: compiled.match(name) is not None


def _translate(pattern: str) -> str:
    pieces = re.findall(r"\[!?\^?\]?[^\]]*\]|\\.|.", pattern, re.DOTALL)
    return "".join(map(_piece, pieces)) + r"\Z"


def _piece(piece: str) -> str:
    if piece in {"*", "?"}:
        return ".*" if piece == "*" else "."
    if piece.startswith("[") and piece.endswith("]") and len(piece) > 2:
        inner = piece[1:-1].replace("\\", r"\\")
        return f"[{'^' + inner[1:] if inner[0] in '!^' else inner}]"
    return re.escape(piece[1:] if piece.startswith("\\") and len(piece) > 1 else piece)


def file_matches(pattern: str, file: InputFile) -> bool:
    """Whether a file is meant: `archive:member`, `archive:`, `:file` or a name."""
    if ":" in pattern:
        archive, _, member = pattern.partition(":")
        if bool(archive) != bool(file.archive) or (archive and not matcher(archive)(file.archive)):
            return False
        return not member or matcher(member)(file.name)
    return matcher(pattern)(file.name)


def _is_excluded(names: Iterable[str], file: InputFile) -> bool:
    return any(file_matches(one, file) or (file.archive and matcher(one)(file.archive)) for one in names)


def matching(pattern: InputPattern, files: Iterable[InputFile]) -> list[InputSection]:
    """The sections that are still free and that the pattern means, in the order in which they are placed."""
    chosen = [one for one in files if file_matches(pattern.file, one) and not _is_excluded(pattern.excluded, one)]
    if pattern.sorted_files:
        chosen.sort(key=lambda one: one.name)
    if not pattern.sections:
        return [one for file in chosen for one in file.sections if _is_free(one)]
    if not any(_sorting(one) for one in pattern.sections):
        return [
            section for file in chosen for section in file.sections
            if _is_free(section) and any(_means(one, section) for one in pattern.sections)
        ]  # fmt: skip
    return _sorted(pattern, chosen)


def _is_free(section: InputSection) -> bool:
    return section.output is None and not section.is_discarded


def _means(pattern: SectionPattern, section: InputSection) -> bool:
    return matcher(pattern.name)(section.name) and not _is_excluded(pattern.excluded, section.file)


def _sorting(pattern: SectionPattern) -> tuple[str, ...]:
    """How the sections of a pattern are sorted: by `name`, `alignment`, `priority`, or several after another."""
    return tuple(dict.fromkeys(_sorts[one] for one in pattern.sorts if one in _sorts))


def _sorted(pattern: InputPattern, files: list[InputFile]) -> list[InputSection]:
    """A section of a sorted pattern goes before the first that is to follow it, one of another pattern to the end."""
    found: list[InputSection] = []
    for file in files:
        for section in file.sections:
            one = next((one for one in pattern.sections if _means(one, section)), None)
            if one is not None and _is_free(section):
                sorting = _sorting(one)
                later = (i for i, other in enumerate(found) if sorting and _goes_before(sorting, section, other))
                found.insert(next(later, len(found)), section)
    return found


def _goes_before(sorting: tuple[str, ...], one: InputSection, other: InputSection) -> bool:
    for by in sorting:
        if by == "priority":
            first, second = priority(one.name), priority(other.name)
            if first and second and first != second:
                return first < second
        if by == "alignment" and one.align != other.align:
            return one.align > other.align
        if by != "alignment" and one.name != other.name:
            return one.name < other.name
    return False


def priority(name: str) -> int:
    """The number in the name of a constructor's section, as gcc gives them: small ones run first; 0 without any."""
    for prefix in (".init_array.", ".fini_array.", ".ctors.", ".dtors."):
        digits = name.removeprefix(prefix)
        if digits != name and digits.isdigit():
            return int(digits) if "array" in prefix else 65535 - int(digits)
    return 0
