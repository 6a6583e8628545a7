"""`hicannx config check|encode|dump|diff|schema`: configurations of the chip, their words, and how they differ."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.tools.actions import take_verb_options
from hicannx.tools.numbers import check_least
from hicannx.tools.output import print_json, print_warnings, read_bytes, write_file

if TYPE_CHECKING:
    from hicannx.configs.chip import LoadedConfig
    from hicannx.configs.setting import ChipConfig

_yaml = (".yaml", ".yml")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    one = _action(actions, "check", "check a configuration and print what it sets", _check)
    _add_config(one)
    one = _action(actions, "encode", "make a playback program that writes a configuration", _encode)
    _add_config(one)
    one.add_argument("-o", "--output", required=True, help="file to write: 64-bit big-endian words")
    one = _action(actions, "dump", "write the state of the chip after a playback program as a configuration", _dump)
    one.add_argument("source", help="file with a playback program, or a configuration")
    one.add_argument("-o", "--output", help="file to write, by default standard output")
    one.add_argument("--writes", action="store_true", help="only what the program writes, without running it")
    one.add_argument("--changed", action="store_true", help="only what differs from the chip before the program")
    one.add_argument("--only", action="append", metavar="NAME", help="only this register (may be repeated)")
    _add_set(one)
    one = _action(actions, "diff", "show what differs between two configurations or programs; 1 if anything", _diff)
    one.add_argument("first", help="configuration, or file with a playback program")
    one.add_argument("second", help="configuration, or file with a playback program")
    one.add_argument("--limit", type=int, default=20, metavar="N", help="lines for each field (default 20)")
    _add_set(one)
    one = _action(actions, "schema", "print a JSON schema of configurations for editors", _schema)
    one.add_argument("-o", "--output", help="file to write, by default standard output")


def _action(actions: Any, name: str, text: str, act: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
    one: argparse.ArgumentParser = actions.add_parser(name, help=text, description=text)
    one.set_defaults(act=act)
    take_verb_options(one)
    return one


def _add_config(one: argparse.ArgumentParser) -> None:
    one.add_argument("config", help="shipped name or path of a YAML file")
    _add_set(one)


def _add_set(one: argparse.ArgumentParser) -> None:
    one.add_argument("--set", action="append", default=[], metavar="NAME=NUMBER", help="replace a value of the file")


def run(options: argparse.Namespace) -> int:
    """Do what is asked for."""
    code: int = options.act(options)
    return code


def _check(options: argparse.Namespace) -> int:
    from hicannx.tools.config_summary import as_json, as_text

    loaded = _load(options.config, options)
    if options.json:
        print_json(as_json(loaded))
    else:
        print(as_text(loaded))
    return 0


def _encode(options: argparse.Namespace) -> int:
    data = _encoded(_load(options.config, options).config)
    write_file(options.output, data)
    if options.json:
        print_json({"output": options.output, "words": len(data) // 8})
    return 0


def _dump(options: argparse.Namespace) -> int:
    from hicannx.configs.dump import config_text

    if options.only:
        _check_only(options.only)
    config = _config(options.source, options) if options.writes else _emulated(options)
    if options.only:
        from hicannx.configs.setting import ChipConfig

        config = ChipConfig({name: one for name, one in config.settings.items() if name in options.only})
    what = "what it writes" if options.writes else "the state of the chip behind it"
    text = config_text(config, f"{Path(options.source).name}: {what}")
    if options.output:
        write_file(options.output, text.encode())
    else:
        print(text, end="")
    return 0


def _check_only(names: list[str]) -> None:
    from hicannx.regmodel.load import load_registers

    for name in names:
        if name not in load_registers().containers:
            help_text = did_you_mean(name, load_registers().containers)
            raise DiagnosticError([Diagnostic("C101", f"there is no register `{name}`", help=help_text)])


def _emulated(options: argparse.Namespace) -> ChipConfig:
    from hicannx.emu.chip import Chip
    from hicannx.emu.executor import run_playback
    from hicannx.tools.chipstate import chip_config

    is_config = _is_config(options.source)
    data = _encoded(_load(options.source, options).config) if is_config else read_bytes(options.source)
    chip = Chip()
    result = run_playback(chip, data, options.source)
    print_warnings(result.warnings, options.color)
    return chip_config(chip, options.only, Chip() if options.changed else None)


def _diff(options: argparse.Namespace) -> int:
    from hicannx.configs.difference import differences
    from hicannx.tools.cli import use_color
    from hicannx.tools.config_difference import as_json, as_lines

    most = check_least("--limit", options.limit, 1)
    found = list(differences(_config(options.first, options), _config(options.second, options)))
    if options.json:
        print_json([as_json(one) for one in found])
    else:
        for line in as_lines(found, most, use_color(options.color, sys.stdout)):
            print(line)
    return 1 if found else 0


def _schema(options: argparse.Namespace) -> int:
    import json

    from hicannx.configs.schema import config_schema

    text = json.dumps(config_schema(), indent=1) + "\n"
    if options.output:
        write_file(options.output, text.encode())
    else:
        print(text, end="")
    return 0


def _is_config(name: str) -> bool:
    from hicannx.configs.shipped import shipped_names

    return name in shipped_names("chips") or Path(name).suffix in _yaml


def _config(name: str, options: argparse.Namespace) -> ChipConfig:
    """A configuration, or what a playback program writes."""
    from hicannx.configs.stream import written_config
    from hicannx.regmodel.playback.words import decode_program

    if _is_config(name):
        return _load(name, options).config
    return written_config(decode_program(read_bytes(name), name))


def _load(name: str, options: argparse.Namespace) -> LoadedConfig:
    from hicannx.configs.chip import read_config

    numbers = dict(_assignment(text) for text in options.set)
    loaded = read_config(name, numbers)
    for one in numbers:
        if one not in loaded.values:
            title = f"`{name}` has no value `{one}` that could be set"
            raise DiagnosticError([Diagnostic("T730", title, help=did_you_mean(one, loaded.values))])
    print_warnings(loaded.warnings, options.color)
    return loaded


def _assignment(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    with suppress(ValueError):
        return name, int(number, 0)
    with suppress(ValueError):
        return name, float(number)
    title = f"`--set {text}` does not give a number to a name"
    raise DiagnosticError([Diagnostic("T730", title, help="write such as `--set rate=120`")])


def _encoded(config: ChipConfig) -> bytes:
    """A playback program that writes a configuration and halts when all is written."""
    from hicannx.regmodel.playback.builder import ProgramBuilder

    builder = ProgramBuilder()
    config.write_to(builder)
    builder.barrier()
    builder.halt()
    return builder.to_bytes()
