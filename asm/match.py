"""Instructions: which syntax of the instruction set a statement follows, and the values of its operands."""

from __future__ import annotations

import attrs

from hicannx.asm.dialect import Dialect, load_dialects, with_registers
from hicannx.asm.evaluate import PlacedOperand, operands_of
from hicannx.asm.expression import Scope, Site, Value, evaluate
from hicannx.asm.mistake import mistake
from hicannx.asm.syntax import Expression, Number, Statement
from hicannx.diagnostic import DiagnosticError, did_you_mean
from hicannx.isa.instructionset import InstructionSet
from hicannx.isa.load import load_foreign
from hicannx.isa.syntax import Operand, Syntax


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
    """

    syntax: Syntax
    arguments: tuple[Argument | None, ...]
    replaced: frozenset[str]
    constant: tuple[Value, ...] | None = None
    word: int | None = None
    plain: Syntax | None = None


_hints = "+-"
_known: dict[tuple[Dialect, str, str], Matched] = {}


def forget() -> None:
    """Forget the statements that were seen."""
    _known.clear()


def match(isa: InstructionSet, statement: Statement, dialect: Dialect) -> Matched:
    """The syntax that fits; a DiagnosticError (A103, A104, A201, A202, A208, A210) says why there is none.

    Statements are remembered by their text: programs repeat themselves.
    """
    key = (dialect, statement.mnemonic, statement.body)
    found = _known.get(key)
    if found is None:
        found = _known[key] = _match(isa, statement, dialect)
    return found


def _match(isa: InstructionSet, statement: Statement, dialect: Dialect) -> Matched:
    mnemonic = statement.mnemonic.lower()
    candidates = isa.syntaxes.get(mnemonic) or _foreign(mnemonic, statement, dialect)
    if not candidates or mnemonic in dialect.row.refused:
        title = f"unknown mnemonic `{statement.mnemonic}`"
        help_text = did_you_mean(mnemonic, isa.syntaxes)
        raise mistake("A201", title, statement.mnemonic_span, help=help_text)
    operands = operands_of(statement)
    for syntax in candidates:
        arguments = _assign(syntax, operands, dialect)
        if arguments is not None:
            return _matched(syntax, arguments, _without_hint(isa, syntax))
    raise _misfit(candidates, operands, statement)


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


def _groups(syntax: Syntax) -> list[list[Operand]]:
    """The operands as they are written: `D(RA)` is one group of two."""
    groups: list[list[Operand]] = []
    for operand in syntax.operands:
        if operand.in_parentheses and groups:
            groups[-1].append(operand)
        else:
            groups.append([operand])
    return groups


def _assign(syntax: Syntax, operands: list[PlacedOperand], dialect: Dialect) -> list[Argument | None] | None:
    groups = _groups(syntax)
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
    if all(one is None or _is_plain_number(one) for one in arguments):
        matched.constant = tuple(
            one.resolved.value if one is not None and isinstance(one.resolved, Number) else operand.default or 0
            for one, operand in zip(arguments, syntax.operands)
        )
    return matched


def _is_plain_number(argument: Argument) -> bool:
    return isinstance(argument.resolved, Number) and not argument.suffix and not argument.part


def _misfit(candidates: tuple[Syntax, ...], operands: list[PlacedOperand], statement: Statement) -> DiagnosticError:
    forms = " or ".join(f"`{syntax.text}`" for syntax in candidates)
    for syntax in candidates:
        groups = _groups(syntax)
        if len(groups) - _optional(syntax) <= len(operands) <= len(groups):
            wanted = next(
                (one for one, group in zip(operands, groups[-len(operands) :]) if _is_shaped(one) != (len(group) > 1)),
                operands[0],
            )
            title = f"`{wanted.operand.text}` is not in the form that `{statement.mnemonic}` takes here"
            return mistake("A208", title, wanted.span(statement), help=f"write {forms}")
    counts = [len(_groups(one)) - missing for one in candidates for missing in range(_optional(one) + 1)]
    wanted_count = f"{min(counts)} to {max(counts)}" if len(set(counts)) > 1 else str(counts[0])
    plural = "s"[: wanted_count != "1"]
    title = f"`{statement.mnemonic}` takes {wanted_count} operand{plural}, not {len(operands)}"
    return mistake("A202", title, statement.body_span, help=f"write {forms}")


def _optional(syntax: Syntax) -> int:
    return sum(group[0].default is not None for group in _groups(syntax))


def _is_shaped(placed: PlacedOperand) -> bool:
    return placed.operand.base is not None


def bind(matched: Matched, statement: Statement, scope: Scope) -> tuple[Value, ...]:
    """The values of the operands at this point of the program."""
    constant = matched.constant
    if constant is not None and not (matched.replaced and any(map(scope.symbols.is_defined, matched.replaced))):
        return constant
    return tuple(
        evaluate(one.expression(scope), scope, Site(statement, one.offset)) if one else operand.default or 0
        for one, operand in zip(matched.arguments, matched.syntax.operands)
    )
