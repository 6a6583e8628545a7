"""Macros: parameters, arguments of a call, and the substitution of the ones by the others."""

from __future__ import annotations

import re

import attrs

from hicannx.asm.syntax import Statement

_argument = re.compile(r"""((?:"(?:\\.|[^"\\])*"|[^\s,"])+)|\s*(,)\s*|\s+""", re.DOTALL)
_parameter = re.compile(r"""([A-Za-z_.$][\w.$]*)(?:\s*:\s*(req|vararg))?(?:\s*=\s*("[^"]*"|[^\s,]*))?[\s,]*""")
_keyword = re.compile(r"([A-Za-z_.$][\w.$]*)=(?!=)(.*)", re.DOTALL)
_reference = re.compile(r"\\(?:(@)|(\(\))|([A-Za-z_.$][\w.$]*))")
_name = re.compile(r"\s*([A-Za-z_.$][\w.$]*)\s*[,(]?\s*")


class MacroError(Exception):
    """A definition or a call does not fit; the text is the title of a diagnostic."""


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
    body: tuple[Statement, ...]


def parse_definition(text: str, body: tuple[Statement, ...]) -> Macro:
    """The macro that `.macro TEXT` begins; a MacroError when `text` is malformed."""
    found = _name.match(text)
    if not found:
        raise MacroError("a macro needs a name")
    parameters = []
    rest = text[found.end() :].removesuffix(")")
    offset = 0
    while offset < len(rest):
        match = _parameter.match(rest, offset)
        if not match:
            raise MacroError(f"`{rest[offset:]}` is not a macro parameter")
        name, kind, default = match.groups()
        parameters.append(Parameter(name, kind or "", _unquote(default or "")))
        offset = match.end()
    return Macro(found.group(1), tuple(parameters), body)


def split_arguments(text: str) -> list[str]:
    """Arguments are separated by commas or blanks; blanks beside an operator do not separate."""
    arguments: list[str] = []
    after_comma = True
    for match in _argument.finditer(_tighten(text)):
        if match.group(2):
            if after_comma:
                arguments.append("")
            after_comma = True
        elif match.group(1):
            arguments.append(match.group(1))
            after_comma = False
    return arguments


def _tighten(text: str) -> str:
    parts = re.split(r'("(?:\\.|[^"\\])*")', text)
    for index in range(0, len(parts), 2):
        parts[index] = re.sub(r"\s*([-+*/&|^<>=!~%(),])\s*", _without_blanks, parts[index])
    return "".join(parts)


def _without_blanks(match: re.Match[str]) -> str:
    before_register = match.group(1) == "%" and match.group().startswith((" ", "\t"))
    return " %" if before_register else match.group(1)


def _unquote(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def bind_arguments(macro: Macro, text: str) -> dict[str, str]:
    """The value of every parameter in a call with these arguments; a MacroError when one is missing or too much."""
    given: dict[str, str] = {}
    names = {one.name: one for one in macro.parameters}
    waiting = list(macro.parameters)
    arguments = split_arguments(text)
    while arguments:
        argument = arguments.pop(0)
        keyword = _keyword.match(argument)
        if keyword and keyword.group(1) in names:
            given[keyword.group(1)] = _unquote(keyword.group(2))
            waiting = [one for one in waiting if one.name != keyword.group(1)]
        elif not waiting:
            raise MacroError(f"macro `{macro.name}` takes {len(macro.parameters)} arguments")
        elif waiting[0].kind == "vararg":
            given[waiting.pop(0).name] = ",".join([argument, *arguments])
            break
        else:
            given[waiting.pop(0).name] = _unquote(argument)
    for one in macro.parameters:
        if one.kind == "req" and not given.get(one.name):
            raise MacroError(f"macro `{macro.name}` needs a value for `{one.name}`")
    return {one.name: given.get(one.name) or one.default for one in macro.parameters}


def substitute(body: tuple[Statement, ...], values: dict[str, str], number: int) -> str:
    """The text of the body with `\\name` replaced, `\\@` by the number of the expansion and `\\()` by nothing."""

    def replace(match: re.Match[str]) -> str:
        counter, nothing, name = match.groups()
        if counter:
            return str(number)
        return "" if nothing else values.get(name, match.group())

    return "\n".join(_reference.sub(replace, statement.text) for statement in body)
