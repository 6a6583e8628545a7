"""The C header: what a stock compiler does not know of the processor, from the rows of the instruction set."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

import attrs

from hicannx import __version__
from hicannx.isa.instruction import Instruction
from hicannx.isa.instructionset import InstructionSet
from hicannx.isa.load import load_isa
from hicannx.isa.syntax import Operand, Syntax
from hicannx.tools.doc.constants import constants
from hicannx.tools.doc.inlineasm import asm_text, touches_memory
from hicannx.tools.doc.table import load_doc_table
from hicannx.tools.doc.template import parts, resource


@attrs.frozen
class _Parameter:
    constraint: str
    constant: bool = False


@attrs.frozen
class _Special:
    read: str
    write: str
    field: str


@attrs.frozen
class HeaderTable:
    """header.yaml; its comments say what the keys are."""

    vector: str
    parameters: dict[str, _Parameter]
    functions: dict[str, str]
    special: _Special
    results: str
    arguments: str
    kept: list[str]


def c_header() -> str:
    """The text of hicannx.h."""
    isa, table = load_isa(), load_doc_table("header", HeaderTable)
    functions = [_function(isa, table, name, isa.instructions[row], {}) for row, name in table.functions.items()]
    return Template(resource("hicannx.h")).substitute(
        version=__version__,
        constants="\n\n".join(_constants(one.doc, one.values) for one in constants(isa)),
        functions="\n\n".join(functions),
        special_registers="\n\n".join(_special_registers(isa, table)),
        vector_unit="\n\n".join(_macro(isa, table, row) for row in vector_rows(isa, table)),
    )


def vector_rows(isa: InstructionSet, table: HeaderTable) -> list[Instruction]:
    """The rows that become macros."""
    return [
        row
        for row in isa.instructions.values()
        if any(one.kind == table.vector for one in isa.syntaxes_of[row.name][0].operands)
    ]


def _fill(part: str, **values: object) -> str:
    return parts("header.in")[part].substitute(values)


def _constants(doc: str, values: Mapping[str, str]) -> str:
    width = max(len(name) for name in values)
    lines = (_fill("constant", name=name.ljust(width), value=value) for name, value in values.items())
    return _fill("constants", doc=doc, lines="\n".join(lines))


def _special_registers(isa: InstructionSet, table: HeaderTable) -> list[str]:
    """Functions that read and write special registers, as far as these can be read and written."""
    found = []
    for name, one in isa.registers.special_registers.items():
        number = {table.special.field: one.number}
        if "r" in one.access:
            row = isa.instructions[table.special.read]
            found.append(_function(isa, table, f"hicannx_read_{name.lower()}", row, number, name))
        if "w" in one.access and name not in table.kept:
            row = isa.instructions[table.special.write]
            found.append(_function(isa, table, f"hicannx_write_{name.lower()}", row, number, name))
    return found


def _function(
    isa: InstructionSet, table: HeaderTable, name: str, row: Instruction, numbers: Mapping[str, int], about: str = ""
) -> str:
    syntax = isa.syntaxes_of[row.name][0]
    names = [one.name for one in syntax.operands]
    result, argument = table.results in names, table.arguments in names
    places = {one: "%0" for one in (table.results, table.arguments) if one in names}
    return _fill(
        "result" if result else "argument" if argument else "plain",
        name=name,
        text=about or row.name,
        code=asm_text(syntax, numbers, places),
        sections=_sections('"=r" (value)' if result else "", '"r" (value)' if argument else "", syntax),
    )


def _sections(outputs: str, inputs: str, syntax: Syntax) -> str:
    """What follows the text of an `asm` statement, as far as there is something."""
    sections = [outputs, inputs, '"memory"' if touches_memory(syntax) else ""]
    while sections and not sections[-1]:
        sections.pop()
    return "".join(f" : {one}" if one else " :" for one in sections)


def _macro(isa: InstructionSet, table: HeaderTable, row: Instruction) -> str:
    syntax, *others = isa.syntaxes_of[row.name]
    places = {one.name: f"%{index}" for index, one in enumerate(syntax.operands)}
    inputs = ", ".join(_input(table.parameters[one.kind], one.name) for one in syntax.operands)
    semantics = row.semantics.text.rstrip() if row.semantics else ""
    usage = f"{row.name} {row.asm}"
    return _fill(
        "macro",
        text="\n".join([usage, *(f" *   {line}" for line in semantics.splitlines())]).replace("*/", "* /"),
        defines=_defines(syntax),
        checks="\n".join(_checks(table, syntax, usage)),
        code=asm_text(syntax, {}, places),
        sections=_sections("", inputs, syntax),
        aliases="".join("\n" + _fill("alias", name=one.mnemonic, target=row.name) for one in others),
    )


def _input(parameter: _Parameter, name: str) -> str:
    return f'"{parameter.constraint}" (({"int" if parameter.constant else "uintptr_t"}) ({name}))'


def _optional(syntax: Syntax) -> list[Operand]:
    """The last operands that may be left out."""
    found = [one for one in syntax.operands if one.default is not None]
    needed = len(syntax.operands) - len(found)
    assert list(syntax.operands[needed:]) == found, f"{syntax.mnemonic} has an option before an operand"
    return found


def _defines(syntax: Syntax) -> str:
    names = [one.name for one in syntax.operands]
    optional = _optional(syntax)
    if not optional:
        return _fill("define", name=syntax.mnemonic, parameters=", ".join(names))
    first = names[: len(names) - len(optional) - 1]  # the last one that is needed goes with those behind it
    return _fill(
        "define_optional",
        name=syntax.mnemonic,
        parameters=", ".join([*first, "..."]),
        arguments=", ".join([*first, "__VA_ARGS__", *(str(one.default) for one in optional), ""]),
        inner=", ".join([*names, "..."]),
    )


def _checks(table: HeaderTable, syntax: Syntax, usage: str) -> list[str]:
    found = [
        _fill(
            "check",
            text=f"{syntax.mnemonic}: {one.name} is a constant from {one.low} to {one.high}",
            operand=one.name,
            low=one.low,
            high=one.high,
        )
        for one in syntax.operands
        if table.parameters[one.kind].constant
    ]
    defaults = "".join(f"{one.default}, " for one in _optional(syntax)).rstrip()
    return [*found, _fill("no_more", text=f"write {usage}", defaults=defaults)] if defaults else found
