"""The type checker: statements and places; expressions are in infer.py."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from hicannx.diagnostic import DiagnosticError, Diagnostics, did_you_mean
from hicannx.isa.semantics import tree
from hicannx.isa.semantics.infer import Inference, check_count, vector_sized
from hicannx.isa.semantics.interval import Interval, boolean
from hicannx.isa.semantics.names import Scope
from hicannx.isa.semantics.parse import parse, text_at
from hicannx.isa.semantics.problem import mismatch, refuse
from hicannx.isa.semantics.program import Field, Program, Role, Type
from hicannx.isa.semantics.state import load_state
from hicannx.source import Span

_procedures = {"record": 1, "set_overflow": 1, "trap": 0, "sleep": 0, "synchronise": 0}
_places = (
    Role.STATE, Role.GPR, Role.VECTOR, Role.BIT, Role.ELEMENT, Role.SPR, Role.LANE, Role.PIECE, Role.ACCUMULATOR,
    Role.CONDITION, Role.MEMORY, Role.VECTOR_MEMORY, Role.BUS,
)  # fmt: skip


def check(name: str, fields: Mapping[str, Field], text: str, span: Span | None = None) -> Program:
    """Parse and check a semantics text; a DiagnosticError (I301 to I309) reports every mistake found."""
    body = parse(text_at(text, span, f"semantics of {name}"))
    checker = _Checker(Inference(Scope(fields)))
    checker.block(body)
    checker.unread(body)
    checker.diagnostics.raise_if_errors()
    return Program(name, dict(fields), body, checker.inference.types)


@attrs.define
class _Checker:
    inference: Inference
    diagnostics: Diagnostics = attrs.field(factory=Diagnostics)

    @property
    def scope(self) -> Scope:
        return self.inference.scope

    def block(self, statements: tuple[tree.Statement, ...]) -> None:
        for statement in statements:
            try:
                self._statement(statement)
            except DiagnosticError as error:
                self.diagnostics.collected.extend(error.diagnostics)
                if isinstance(statement, tree.Assign) and isinstance(statement.place, tree.Name):
                    self.scope.locals.setdefault(statement.place.text, Type(boolean, Role.LOCAL))

    def unread(self, body: tuple[tree.Statement, ...]) -> None:
        """Report locals that nothing reads: mostly misspelt registers."""
        defined = {place: place.text for place in tree.places(body) if isinstance(place, tree.Name)}
        read = {node.text for node in tree.expressions(body) if isinstance(node, tree.Name) and node not in defined}
        for place, name in defined.items():
            found = self.inference.types.get(place)
            if found and found.role is Role.LOCAL and name not in read:
                known = [*self.scope.fields, *load_state().registers]
                title = f"local `{name}` is never read"
                self.diagnostics.error("I309", title, place.span, help=did_you_mean(name, known))

    def _statement(self, statement: tree.Statement) -> None:
        match statement:
            case tree.Assign():
                self._assign(statement)
            case tree.Do(call=call):
                self._procedure(call)
            case tree.If():
                self.inference.condition(statement.condition)
                self._branches(statement)
            case tree.Counted():
                first = self.inference.value(statement.first).interval
                last = self.inference.value(statement.last).interval
                counter = Type(Interval(first.low, max(first.low, last.high)), Role.LOCAL)
                self._inner(statement.body, {statement.name: counter})
            case tree.Lanes():
                self._lanes(statement)

    def _branches(self, statement: tree.If) -> None:
        """Locals live on after an `if` when both branches define them."""
        before = dict(self.scope.locals)
        self.block(statement.then)
        then, self.scope.locals = self.scope.locals, before
        self.block(statement.otherwise)
        otherwise = self.scope.locals
        self.scope.locals = {
            name: attrs.evolve(found, interval=found.interval.join(otherwise[name].interval))
            for name, found in then.items()
            if name in otherwise
        }

    def _inner(self, body: tuple[tree.Statement, ...], names: dict[str, Type]) -> None:
        before = dict(self.scope.locals)
        self.scope.locals = before | names
        self.block(body)
        self.scope.locals = before

    def _lanes(self, statement: tree.Lanes) -> None:
        lanes, fields = load_state().lanes, self.scope.fields
        lane = lanes.get(statement.kind)
        if lane is None:
            help_text = did_you_mean(statement.kind, lanes)
            refuse("I304", f"unknown lane kind `{statement.kind}`", statement.span, help_text)
        if statement.mask and statement.mask not in fields:
            help_text = did_you_mean(statement.mask, fields)
            refuse("I302", f"unknown field `{statement.mask}`", statement.span, help_text)
        if self.scope.lane:
            help_text = "use `for n in first .. last:` inside"
            refuse("I304", "a lane loop stands in another lane loop", statement.span, help_text)
        self.scope.lane = (statement.name, lane)
        self._inner(statement.body, {statement.name: Type(Interval(0, lane.count - 1), Role.LOCAL)})
        self.scope.lane = None

    def _assign(self, statement: tree.Assign) -> None:
        place = statement.place
        if isinstance(place, tree.Name) and not self.scope.knows(place.text):
            self._define(place, statement.value)
            return
        target = self.inference.expression(place)
        self._check_writable(place, target)
        source = self.inference.expression(statement.value)
        if (target.role in vector_sized) != (source.role in vector_sized):
            wide, narrow = (target, source) if target.role in vector_sized else (source, target)
            help_text = "a whole vector goes only to or from memory, the parallel bus or another vector register"
            mismatch(f"{wide.role.value} and {narrow.role.value}", statement.span, help_text)

    def _define(self, place: tree.Name, expression: tree.Expression) -> None:
        value = self.inference.value(expression)
        if "." in place.text:
            help_text = did_you_mean(place.text, self.scope.names())
            refuse("I302", f"unknown name `{place.text}`", place.span, help_text)
        found = Type(value.interval, Role.LOCAL)
        self.scope.locals[place.text] = self.inference.types[place] = found

    def _check_writable(self, place: tree.Place, target: Type) -> None:
        text = place.span.text
        if target.role is Role.LOCAL:
            refuse("I306", f"local `{text}` is assigned again", place.span, "give the second value a name of its own")
        fixed = isinstance(place, tree.Name) and target.role is Role.STATE
        if target.role not in _places or (fixed and not load_state().registers[text].writable):
            refuse("I306", f"`{text}` cannot be assigned", place.span, "assign to a register, a lane or memory")

    def _procedure(self, call: tree.Call) -> None:
        if call.function not in _procedures:
            help_text = did_you_mean(call.function, _procedures)
            refuse("I303", f"unknown procedure `{call.function}`", call.span, help_text)
        check_count(call, (_procedures[call.function],))
        for argument in call.arguments:
            self.inference.value(argument)
