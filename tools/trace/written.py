"""What an instruction writes and which memory it accesses, by its word, as its semantics says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

import attrs

from hicannx.isa.codec import decode
from hicannx.isa.effect import emulated_effects
from hicannx.isa.field import Field
from hicannx.isa.load import load_isa
from hicannx.isa.processor import programs
from hicannx.isa.semantics import tree
from hicannx.isa.semantics.load import require_program
from hicannx.isa.semantics.names import is_gpr
from hicannx.isa.semantics.program import Program
from hicannx.isa.semantics.state import load_state
from hicannx.isa.semantics.usage import Use, uses

_general, _vector = "GPR", "VR"
_memory, _bus = "MEM", "PBUS"
_columns = {"CRF": "cr", "CRS": "cr", "XER": "flags", "LR": "lr", "CTR": "ctr"}
_rows_of = ("VR", "ACC", "VCR")  # in the order of the trace


@attrs.frozen
class Register:
    """A register: `kind` as in isa/semantics/usage.py, and its number.

    `column` is that of the record which tells its content, empty where none does.
    """

    kind: str
    number: int = 0
    column: str = ""


@attrs.frozen
class Access:
    """So many accesses of `size` bytes to memory, or one to the parallel bus; `what` is stored, or the first of it."""

    is_bus: bool
    size: int = 0
    count: int = 1
    what: Register | None = None


@attrs.frozen
class Written:
    """The registers that are written, those of the vector unit last and in the order of the trace; the access."""

    registers: tuple[Register, ...] = ()
    access: Access | None = None


@attrs.frozen
class _Meaning:
    """A word with what it means."""

    word: int
    program: Program
    fields: Mapping[str, Field]

    def number(self, name: str) -> int:
        return self.fields[name].extract(self.word)

    def register(self, name: str) -> Register:
        """The general or vector register behind a field."""
        field = self.fields[name]
        is_general = is_gpr(field)
        return Register(_general if is_general else _vector, self.number(name), _column(field) if is_general else "")


@lru_cache(1 << 14)
def written_by(word: int) -> Written:
    """What a word writes and accesses, also one that is no instruction."""
    row = decode(load_isa(), word)
    if row is None:
        effects = (one for one in _effects() if word & one[0] == one[1])
        parts = [_Meaning(word, program, fields) for _, _, program, fields in effects]
    else:
        parts = [_Meaning(word, programs()[row.name], row.fields)] if row.semantics else []
    access = next((found for one in parts if (found := _access(one))), None)
    return Written(tuple(register for one in parts for register in _registers(one)), access)


@cache
def _effects() -> list[tuple[int, int, Program, Mapping[str, Field]]]:
    return [
        (effect.mask, effect.match, require_program(one), one.fields) for effect, one in emulated_effects(load_isa())
    ]


@cache
def recorded() -> dict[int, str]:
    """The bits of a word at which the numbers of the general registers begin that the record holds, and its columns."""
    columns = {"RT": "rt", "RA": "ra"}
    fields = (one for row in load_isa().instructions.values() for one in row.fields.values())
    return {one.lsb: columns[one.name] for one in fields if one.name in columns}


def _column(field: Field) -> str:
    return recorded().get(field.lsb, "")


def _registers(meaning: _Meaning) -> list[Register]:
    program, word = meaning.program, meaning.word
    met = [one for one in uses(program) if one.write and word & one.when.mask == one.when.match]
    found = [_register(meaning, one) for one in met]
    if counted := _counted(meaning):
        is_load = any(isinstance(one, tree.Index) and one.name == _general for one in tree.places(program.body))
        found = [one for one in found if one.kind != "MSR"] + counted * is_load  # MSR only before an exception
    scalar = [one for one in dict.fromkeys(found) if one.kind not in _rows_of]
    return scalar + [one for kind in _rows_of for one in dict.fromkeys(found) if one.kind == kind]


def _register(meaning: _Meaning, use: Use) -> Register:
    if use.what in (_general, _vector):
        return meaning.register(use.field)
    number = meaning.number(use.field) if use.field else 0
    if use.what == "CR":
        return Register("CRF", number // load_state().arrays["CRF"].width, _columns["CRF"])
    if use.what in ("SPR", "MSR"):
        return Register(use.what, number, _moved(meaning, use.what))
    return Register(use.what, number, _columns.get(use.what, ""))


def _moved(meaning: _Meaning, name: str) -> str:
    """The column of the general register that is moved into a special one."""
    for statement in meaning.program.body:
        match statement:
            case tree.Assign(place=tree.Name(text=found) | tree.Index(name=found), value=tree.Name(text=source)):
                if found == name and source in meaning.fields:
                    return meaning.register(source).column
    return ""


def _access(meaning: _Meaning) -> Access | None:
    body = meaning.program.body
    stores = [one for one in tree.places(body) if isinstance(one, tree.Call)]
    calls = [one for one in tree.expressions(body) if isinstance(one, tree.Call) and one.function in (_memory, _bus)]
    if not calls:
        return None
    call = (stores or calls)[0]
    size = call.arguments[1] if call.function == _memory else None
    count = max(1, len(_counted(meaning)))
    what = _stored(meaning) if stores else None
    return Access(call.function == _bus, size.value if isinstance(size, tree.Number) else 0, count, what)


def _stored(meaning: _Meaning) -> Register:
    """What an access stores: a register behind a field, or the first of those that a loop counts."""
    for value in _values(meaning.program.body):
        if isinstance(value, tree.Name):
            return meaning.register(value.text)
    return _counted(meaning)[0]


def _values(statements: tuple[tree.Statement, ...]) -> Iterator[tree.Expression]:
    for statement in statements:
        if isinstance(statement, tree.Assign) and isinstance(statement.place, tree.Call):
            yield statement.value


def _counted(meaning: _Meaning) -> list[Register]:
    """The general registers that a loop goes through; only the first is behind a field."""
    for statement in meaning.program.body:
        match statement:
            case tree.Counted(first=tree.Call(arguments=(tree.Name(text=name),)), last=tree.Number(value=last)):
                first = meaning.register(name)
                return [first, *(Register(_general, number) for number in range(first.number + 1, last + 1))]
    return []
