"""Macros: parameters, arguments of a call, and the substitution of the ones by the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

import attrs

from hicannx.asm.argument import ArgumentReader, Evaluate
from hicannx.asm.mistake import Report
from hicannx.asm.scrub import number_characters, scrub
from hicannx.asm.syntax import Statement

_kinds = ("req", "vararg")
_name = re.compile(r"[A-Za-z_.$][\w.$]*", re.ASCII)
_reference = re.compile(r"\\(?:(@)|\(([^)]*)\)|([A-Za-z_.$][\w.$]*)'?)|&([A-Za-z_.$][\w.$]*)&?", re.ASCII)
_bare_reference = re.compile(_reference.pattern + r"|([A-Za-z_.$][\w.$]*)", re.ASCII)
_local = re.compile(r"\s*LOCAL\s+(.*)", re.IGNORECASE | re.DOTALL)
_local_label = ".LL{number:04x}"  # how GNU as numbers the labels of `LOCAL`


class MacroError(Exception):
    """A definition or a call does not fit; the text is the title of a diagnostic, `help` says what to write."""

    def __init__(self, title: str, help_text: str = "") -> None:
        super().__init__(title)
        self.help = help_text


@attrs.frozen
class Parameter:
    """A formal parameter; `kind` is empty, `req` (must be given) or `vararg` (takes all that is left)."""

    name: str
    kind: str = ""
    default: str = ""


@attrs.frozen(eq=False)
class Macro:
    """A named body with parameters."""

    name: str
    parameters: tuple[Parameter, ...]
    body: tuple[str, ...]

    @property
    def usage(self) -> str:
        """How it is called."""
        shown = (one.name if one.kind == "req" else f"[{one.name}]" for one in self.parameters)
        return f"{self.name} {', '.join(shown)}".strip()


def body_of(statements: Iterable[Statement]) -> tuple[str, ...]:
    """The text of a body, with characters as numbers: `'\\x'` is no place for a parameter."""
    return tuple(number_characters(one.text) for one in statements)


def parse_definition(text: str, body: Iterable[Statement], evaluate: Evaluate | None, report: Report) -> Macro:
    """The macro that `.macro TEXT` begins; a MacroError when `text` is malformed."""
    reader = ArgumentReader(scrub(text), evaluate)
    name = reader.name()
    if not name:
        raise MacroError("a macro needs a name", "write `.macro name parameter, ...`")
    reader.skip_comma()
    parameters: list[Parameter] = []
    while not reader.at_end:
        parameter = _parse_parameter(reader, name, report)
        if parameter.name in {one.name for one in parameters}:
            raise MacroError(f"macro `{name}` has two parameters `{parameter.name}`", "rename one of them")
        parameters.append(parameter)
        if parameter.kind == "vararg" and not reader.at_end:
            raise MacroError(
                f"`{reader.rest}` stands behind a parameter that takes all arguments", "make it the last one"
            )
        reader.skip_comma()
    return Macro(name, tuple(parameters), body_of(body))


def _parse_parameter(reader: ArgumentReader, macro: str, report: Report) -> Parameter:
    name = reader.name()
    help_text = "write `name`, `name=default`, `name:req` or `name:vararg`, separated by commas"
    if not name:
        raise MacroError(f"`{reader.rest}` is not a macro parameter", help_text)
    qualified = reader.take(":")
    kind = reader.name() if qualified else ""
    if qualified and kind not in _kinds:
        raise MacroError(f"`{name}:{kind}` is not a macro parameter", help_text)
    default = reader.argument() if reader.take("=") else ""
    if default and kind == "req" and report.statement:
        title = f"parameter `{name}` of macro `{macro}` must be given, its default is never used"
        report.warn("A122", title, report.statement.body_span, help="remove `:req` or the default")
        default = ""
    return Parameter(name, kind, default)


def bind_arguments(macro: Macro, text: str, evaluate: Evaluate | None, report: Report) -> dict[str, str]:
    """The value of every parameter in a call with these arguments; a MacroError when one is missing or too much."""
    given: dict[str, str] = {}
    names = {one.name: one for one in macro.parameters}
    waiting = list(macro.parameters)
    reader = ArgumentReader(scrub(text), evaluate)
    with_names = False
    while not reader.at_end:
        name = reader.keyword() if evaluate is None else ""
        if name:
            with_names = True
            _check_name(macro, name, given, report)
            given[name] = reader.argument()
        elif evaluate is None and reader.at_equality:
            title = f"`{reader.rest.partition('=')[0]}` before an equals sign is no parameter of macro `{macro.name}`"
            raise MacroError(title, "put an argument that contains `=` into quotes")
        elif with_names:
            raise MacroError("an argument without a name follows one with a name", f"write `{macro.usage}`")
        elif not waiting:
            count = len(macro.parameters)
            title = f"macro `{macro.name}` takes {count or 'no'} argument{'s'[: count != 1]}"
            raise MacroError(f"{title}, `{reader.rest}` is too much", f"write `{macro.usage}`")
        elif waiting[0].kind == "vararg":
            given[waiting.pop(0).name] = reader.take_rest()
        else:
            given[waiting.pop(0).name] = reader.argument()
        reader.skip_comma()
    missing = [one.name for one in macro.parameters if one.kind == "req" and not given.get(one.name)]
    if missing:
        raise MacroError(f"macro `{macro.name}` needs a value for `{missing[0]}`", f"write `{macro.usage}`")
    return {name: given.get(name) or one.default for name, one in names.items()}


def _check_name(macro: Macro, name: str, given: Mapping[str, str], report: Report) -> None:
    if name not in {one.name for one in macro.parameters}:
        raise MacroError(f"macro `{macro.name}` has no parameter `{name}`", f"write `{macro.usage}`")
    if name in given and report.statement:
        title = f"parameter `{name}` is given twice, the last value counts"
        report.warn("A122", title, report.statement.body_span, help="remove one of them")


def substitute(
    body: Iterable[str], values: Mapping[str, str], number: int, labels: Callable[[], int] | None = None
) -> str:
    """The text of the body with `\\name` replaced, `\\@` by the number of the expansion and `\\()` by nothing.

    With `labels`, which counts the labels of `LOCAL`, names need no backslash.
    """
    known = dict(values)

    def replace(match: re.Match[str]) -> str:
        counter, literal, name, joined, *bare = match.groups()
        if counter:
            return str(number)
        if literal is not None:
            return literal
        return known.get(name or joined or bare[0], match.group())

    lines = []
    pattern = _reference if labels is None else _bare_reference
    for text in body:
        local = _local.match(text) if labels is not None else None
        if local and labels is not None:
            known.update((name, _local_label.format(number=labels())) for name in _name.findall(local.group(1)))
        else:
            lines.append(pattern.sub(replace, text))
    return "\n".join(lines)
