"""The registers in the order of gdb's numbers, and the target description (XML) that tells gdb of them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import attrs

from hicannx.isa.load import load_isa
from hicannx.isa.semantics.state import load_state, word_bits
from hicannx.structure import structure
from hicannx.yamlsource import load_resource


@attrs.frozen
class Named:
    """The name of a register for gdb, and its type."""

    name: str
    type: str


@attrs.frozen
class General:
    """Names of the general registers up to their numbers, and their type."""

    prefix: str
    type: str


@attrs.frozen
class Core:
    """The feature that gdb requires."""

    feature: str
    general: General
    scalars: dict[str, Named]


@attrs.frozen
class Special:
    """The feature of the special registers."""

    feature: str
    group: str
    type: str


@attrs.frozen
class Cut:
    """A way to see a vector: the lanes of the instruction set, and gdb's type of one."""

    lane: str
    type: str
    name: str = ""


@attrs.frozen
class Vector:
    """The feature of the vector unit."""

    feature: str
    group: str
    prefix: str
    union: dict[str, Cut]
    accumulator: Cut
    conditions: Cut


@attrs.frozen
class TargetFacts:
    """All of target.yaml."""

    architecture: str
    core: Core
    special: Special
    vector: Vector


@attrs.frozen
class Register:
    """A register as gdb knows it; `kind` says where it is: general, scalar, vector, accumulator or conditions.

    `source` is its name in the description of the instruction set, or its number among its kind.
    """

    name: str
    kind: str
    source: str | int
    bits: int
    type: str
    feature: str
    group: str = ""


@cache
def load_facts() -> TargetFacts:
    """The facts, read once."""
    return structure(load_resource(files("hicannx.tools.gdb") / "target.yaml"), TargetFacts)


@cache
def registers() -> tuple[Register, ...]:
    """All registers in the order of gdb's numbers."""
    return (*_core(), *_special(), *_vector())


def _core() -> list[Register]:
    core, bits = load_facts().core, word_bits()
    found = [
        Register(f"{core.general.prefix}{number}", "general", number, bits, core.general.type, core.feature)
        for number in range(load_isa().registers.counts["general"])
    ]
    return found + [
        Register(one.name, "scalar", name, bits, one.type, core.feature) for name, one in core.scalars.items()
    ]


def _special() -> list[Register]:
    facts = load_facts()
    named = load_isa().registers.special_registers
    others = sorted(set(named) - set(facts.core.scalars), key=lambda name: named[name].number)
    one = facts.special
    return [Register(name.lower(), "scalar", name, word_bits(), one.type, one.feature, one.group) for name in others]


def _vector() -> list[Register]:
    one, lanes = load_facts().vector, load_state().lanes
    count, bits = load_isa().registers.counts["vector"], lanes["byte"].count * lanes["byte"].width
    found = [
        Register(f"{one.prefix}{number}", "vector", number, bits, "vector_register", one.feature, one.group)
        for number in range(count)
    ]
    acc, vcr = one.accumulator, one.conditions
    acc_bits = lanes[acc.lane].count * lanes[acc.lane].accumulator
    found.append(Register(acc.name, "accumulator", 0, acc_bits, "accumulator_lanes", one.feature, one.group))
    return [*found, Register(vcr.name, "conditions", 0, bits, "condition_lanes", one.feature, one.group)]


@cache
def target_xml() -> bytes:
    """The target description."""
    facts = load_facts()
    lines = [
        '<?xml version="1.0"?>',
        '<!DOCTYPE target SYSTEM "gdb-target.dtd">',
        '<target version="1.0">',
        f"  <architecture>{facts.architecture}</architecture>",
    ]
    for feature in dict.fromkeys(one.feature for one in registers()):
        lines.append(f'  <feature name="{feature}">')
        lines += _types() if feature == facts.vector.feature else []
        lines += [_element(number, one) for number, one in enumerate(registers()) if one.feature == feature]
        lines.append("  </feature>")
    return "\n".join([*lines, "</target>", ""]).encode()


def _types() -> list[str]:
    facts, lanes = load_facts().vector, load_state().lanes
    vectors = {f"vector_{name}": one for name, one in facts.union.items()}
    vectors |= {"accumulator_lanes": facts.accumulator, "condition_lanes": facts.conditions}
    lines = [
        f'<vector id="{name}" type="{one.type}" count="{lanes[one.lane].count}"/>' for name, one in vectors.items()
    ]
    lines.append('<union id="vector_register">')
    lines += [f'  <field name="{name}" type="vector_{name}"/>' for name in facts.union]
    return [f"    {line}" for line in [*lines, "</union>"]]


def _element(number: int, one: Register) -> str:
    group = f' group="{one.group}"' if one.group else ""
    return f'    <reg name="{one.name}" bitsize="{one.bits}" type="{one.type}" regnum="{number}"{group}/>'
