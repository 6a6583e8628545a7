"""Instructions: which syntax of the instruction set a statement follows, and the values of its operands."""

from __future__ import annotations

import attrs

from hicannx.asm.dialect import Dialect, load_dialects, with_registers
from hicannx.asm.evaluate import PlacedOperand, check_missing, operands_of
from hicannx.asm.expression import Scope, Site, Value, evaluate
from hicannx.asm.mistake import mistake
from hicannx.asm.quick import groups_of
from hicannx.asm.repair import other_mnemonic, sibling
from hicannx.asm.syntax import Expression, Number, Register, Statement, Unary
from hicannx.diagnostic import DiagnosticError
from hicannx.isa.instructionset import InstructionSet
from hicannx.isa.load import load_foreign
from hicannx.isa.syntax import Operand, Syntax
from hicannx.source import Span


@attrs.frozen(eq=False)
class Argument:
    """What stands for one operand of a syntax: the expression as written, and with the names of registers replaced.

    `offset` of the operand that it is part of, in the operands' text; `replaced` holds the names; `part` is `first` or
    `last` when the expression is a mask that stands for its first and last bit.
    """

    written: Expression
    resolved: Expression
    suffix: str
    offset: int
    replaced: frozenset[str]
    part: str = ""

    def expression(self, scope: Scope) -> Expression:
        """The expression that counts: a symbol that the program defines goes before a register of that name."""
        if self.replaced and any(scope.symbols.is_defined(name) for name in self.replaced):
            return self.written
        return self.resolved


@attrs.define(eq=False)
class Matched:
    """A syntax with its arguments; None stands for an operand that is left out.

    `constant` are the values when they are all plain numbers, and `word` the encoding once it was made from them;
    `replaced` are the names of registers among the operands. A branch with a hint has the syntax without it as `plain`.
    `incomplete` are the operands that end with an operator.
    """

    syntax: Syntax
    arguments: tuple[Argument | None, ...]
    replaced: frozenset[str]
    constant: tuple[Value, ...] | None = None
    word: int | None = None
    plain: Syntax | None = None
    incomplete: tuple[PlacedOperand, ...] = ()


_hints = "+-"
_most_known = 1 << 12


def match(isa: InstructionSet, statement: Statement, dialect: Dialect, known: dict[str, Matched]) -> Matched:
    """The syntax that fits; a DiagnosticError (A103 to A105, A201, A202, A208, A210) says why there is none.

    Statements are remembered in `known` by their text: programs repeat themselves.
    """
    key = f"{statement.mnemonic} {statement.body}"
    found = known.get(key)
    if found is None:
        if len(known) >= _most_known:
            known.clear()
        found = known[key] = _match(isa, statement, dialect)
    return found


def _match(isa: InstructionSet, statement: Statement, dialect: Dialect) -> Matched:
    mnemonic = statement.mnemonic.lower()
    candidates = isa.syntaxes.get(mnemonic) or _foreign(mnemonic, statement, dialect)
    if not candidates or mnemonic in dialect.row.refused:
        title = f"unknown mnemonic `{statement.mnemonic}`"
        help_text = other_mnemonic(mnemonic, isa.syntaxes, dialect)
        raise mistake("A201", title, statement.mnemonic_span, help=help_text)
    operands = operands_of(statement, usage="` or `".join(syntax.text for syntax in candidates))
    for syntax in candidates:
        arguments = _assign(syntax, operands, dialect)
        if arguments is not None:
            matched = _matched(syntax, arguments, _without_hint(isa, syntax))
            matched.incomplete = tuple(one for one in operands if one.operand.missing)
            _check_halves(arguments, statement)
            return matched
    raise _misfit(candidates, operands, statement, _sibling(isa, mnemonic, operands, dialect))


def _check_halves(arguments: list[Argument | None], statement: Statement) -> None:
    """Raise a DiagnosticError (A305) where half of a register is asked for: halves are of addresses and numbers."""
    for one in arguments:
        if one is not None and one.suffix and (one.replaced or isinstance(one.written, Register)):
            start = one.offset + one.written.start
            span = statement.part(start, one.offset + one.written.end)
            title = f"the operator `@{one.suffix}` has no meaning for the register `{span.text}`"
            raise mistake("A305", title, span, help=f"write `{span.text}` alone")


def _foreign(mnemonic: str, statement: Statement, dialect: Dialect) -> tuple[Syntax, ...]:
    """Syntaxes of an instruction that the processor lacks; a DiagnosticError (A210) where that is a mistake."""
    found = load_foreign().syntaxes.get(mnemonic, ())
    if found and not dialect.row.foreign:
        note = "on silicon it is a silent no-op: nothing tells that it was there"
        title = f"the processor has no `{statement.mnemonic}`"
        raise mistake("A210", title, statement.mnemonic_span, notes=[note], help=found[0].instruction.instead or "")
    return tuple(one for one in found if one.gas)


def _without_hint(isa: InstructionSet, syntax: Syntax) -> Syntax | None:
    if syntax.mnemonic[-1] not in _hints:
        return None
    plain = isa.syntaxes.get(syntax.mnemonic[:-1], ())
    return next((one for one in plain if len(one.operands) == len(syntax.operands)), None)


def _assign(syntax: Syntax, operands: list[PlacedOperand], dialect: Dialect) -> list[Argument | None] | None:
    groups = groups_of(syntax)
    missing = len(groups) - len(operands)
    if missing == 1 and _ends_with_mask(syntax):
        arguments = _assign_each(groups[:-1], operands, 0, dialect)
        return arguments and [*arguments[:-1], *_mask(operands[-1])]
    if not 0 <= missing <= _optional(syntax):
        return None
    return _assign_each(groups, operands, missing, dialect)


def _ends_with_mask(syntax: Syntax) -> bool:
    names = [operand.name for operand in syntax.operands]
    return len(names) > 1 and load_dialects().masks.get(names[-2]) == names[-1]


def _mask(placed: PlacedOperand) -> list[Argument | None]:
    operand, offset = placed
    if operand.expression is None or operand.base is not None:
        return []
    none: frozenset[str] = frozenset()
    return [Argument(operand.expression, operand.expression, "", offset, none, part) for part in ("first", "last")]


def _assign_each(
    groups: list[list[Operand]], operands: list[PlacedOperand], missing: int, dialect: Dialect
) -> list[Argument | None] | None:
    arguments: list[Argument | None] = []
    waiting = iter(operands)
    for group in groups:
        if missing and group[0].default is not None:
            missing -= 1
            arguments += [None] * len(group)
            continue
        operand, offset = next(waiting)
        parts = [operand.expression] if operand.base is None else [operand.expression, operand.base]
        if len(parts) != len(group):
            return None
        for part, one in zip(parts, group):
            if part is None:
                return None
            suffix = operand.suffix if one is group[0] else ""
            arguments.append(_argument(part, suffix, offset, one, dialect))
    return arguments


def _argument(expression: Expression, suffix: str, offset: int, operand: Operand, dialect: Dialect) -> Argument:
    replaced: set[str] = set()
    kind = operand.kind if operand.kind in dialect.signed else ""
    resolved = with_registers(expression, kind, dialect, replaced)
    return Argument(expression, resolved, suffix, offset, frozenset(replaced))


def _matched(syntax: Syntax, arguments: list[Argument | None], plain: Syntax | None) -> Matched:
    replaced = frozenset(name for one in arguments if one for name in one.replaced)
    matched = Matched(syntax, tuple(arguments), replaced, plain=plain)
    values = [_number(one, operand) for one, operand in zip(arguments, syntax.operands)]
    if None not in values:
        matched.constant = tuple(value for value in values if value is not None)
    return matched


def _number(argument: Argument | None, operand: Operand) -> int | None:
    """The value of an operand that is left out or a plain number."""
    if argument is None:
        return operand.default or 0
    if argument.suffix or argument.part:
        return None
    node, sign = argument.resolved, 1
    if isinstance(node, Unary) and node.operator == "-":
        node, sign = node.operand, -1
    return sign * node.value if isinstance(node, Number) else None


def _sibling(isa: InstructionSet, mnemonic: str, operands: list[PlacedOperand], dialect: Dialect) -> list[Syntax]:
    """The access with an index instead of a displacement, or the other way round, if the operands have its form."""
    others = isa.syntaxes.get(sibling(mnemonic), ())
    return [one for one in others if operands and _assign(one, operands, dialect) is not None]


def _misfit(
    candidates: tuple[Syntax, ...], operands: list[PlacedOperand], statement: Statement, others: list[Syntax]
) -> DiagnosticError:
    forms = " or ".join(f"`{syntax.text}`" for syntax in candidates)
    forms += "".join(f", or for these operands `{syntax.text}`" for syntax in others)
    for syntax in candidates:
        groups = groups_of(syntax)
        if len(groups) - _optional(syntax) <= len(operands) <= len(groups):
            fitting = zip(operands, groups[len(groups) - len(operands) :])
            wanted, group = next(one for one in fitting if not _has_form(*one))
            title = f"`{wanted.operand.text}` is not in the form that `{statement.mnemonic}` takes here"
            label = f"{_written(group)} is expected here"
            return mistake("A208", title, wanted.span(statement), label=label, help=f"write {forms}")
    counts = sorted({len(groups_of(one)) - left_out for one in candidates for left_out in range(_optional(one) + 1)})
    wanted_count = f"{counts[0]} to {counts[-1]}" if len(counts) > 1 else str(counts[0])
    plural = "s"[: wanted_count != "1"]
    title = f"`{statement.mnemonic}` takes {wanted_count} operand{plural}, not {len(operands)}"
    span, label = _surplus(candidates[0], operands, statement, counts[-1])
    return mistake("A202", title, span, label=label, help=f"write {forms}")


def _surplus(syntax: Syntax, operands: list[PlacedOperand], statement: Statement, most: int) -> tuple[Span, str]:
    """Where operands are too many, or what is missing behind them."""
    if len(operands) > most:
        return statement.part(operands[most].offset, len(statement.body)), "too much"
    names = [_written(group) for group in groups_of(syntax) if group[0].default is None]
    missing = names[len(operands) :]
    verb = "is" if len(missing) == 1 else "are"
    return statement.body_span, f"{', '.join(missing)} {verb} missing" if missing else ""


def _written(group: list[Operand]) -> str:
    return group[0].name + "".join(f"({one.name})" for one in group[1:])


def _has_form(placed: PlacedOperand, group: list[Operand]) -> bool:
    return placed.operand.expression is not None and (placed.operand.base is not None) == (len(group) > 1)


def _optional(syntax: Syntax) -> int:
    return sum(group[0].default is not None for group in groups_of(syntax))


def bind(matched: Matched, statement: Statement, scope: Scope) -> tuple[Value, ...]:
    """The values of the operands at this point of the program."""
    for placed in matched.incomplete:
        check_missing(statement, placed, scope.report)
    constant = matched.constant
    if constant is not None and not (matched.replaced and any(map(scope.symbols.is_defined, matched.replaced))):
        return constant
    return tuple(
        evaluate(one.expression(scope), scope, Site(statement, one.offset)) if one else operand.default or 0
        for one, operand in zip(matched.arguments, matched.syntax.operands)
    )
