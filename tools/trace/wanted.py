"""What the command line asks to be seen of a run."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import attrs

from hicannx.diagnostic import Diagnostic, DiagnosticError

stdout = "-"
_text, _events = ".txt", ".json"
_examples = {"--profile": "run.prof", "--coverage": "run.info"}


@attrs.frozen
class Wanted:
    """Files by their kind, `-` for standard output; `last` instructions are shown when the program goes wrong."""

    texts: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    profile: str = ""
    coverage: str = ""
    last: int = 0
    vectors: bool = False

    @property
    def is_counted(self) -> bool:
        """Whether executions and cycles have to be counted."""
        return bool(self.profile or self.coverage)

    @property
    def is_followed(self) -> bool:
        """Whether every instruction has to be looked at."""
        return bool(self.texts or self.events or self.is_counted)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    text = (
        "write every instruction: text to FILE.txt or - (standard output), events for Perfetto to FILE.json; repeatable"
    )
    parser.add_argument("--trace", action="append", default=[], metavar="FILE", help=text)
    text = "print the cycles of functions and lines, or write them: tables and code to FILE, JSON to FILE.json"
    parser.add_argument("--profile", nargs="?", const=stdout, metavar="FILE", help=text)
    text = "write which lines and branches were executed, for lcov and genhtml"
    parser.add_argument("--coverage", metavar="FILE", help=text)
    text = "print the last N instructions when the program ends in a fault or does not sleep"
    parser.add_argument("--last", type=int, metavar="N", help=text)


def read_wanted(options: argparse.Namespace) -> Wanted:
    """What the options say; a DiagnosticError (T601, T602, T604 to T607) where they make no sense."""
    texts = tuple(one for one in options.trace if one == stdout or one.endswith(_text))
    events = tuple(one for one in options.trace if one.endswith(_events))
    for one in options.trace:
        if one not in (*texts, *events):
            title = f"`{one}` tells no form of a trace: it ends neither in `{_text}` nor in `{_events}`"
            help_text = f"write for example `--trace trace{_text}`, or `--trace -` to read it at once"
            raise DiagnosticError([Diagnostic("T601", title, help=help_text)])
    if stdout in texts and options.json:
        title = "a trace as text and the result as JSON cannot both go to standard output"
        raise DiagnosticError([Diagnostic("T602", title, help=f"write `--trace trace{_text}`")])
    _check_files(options)
    if options.last is not None:
        _check_last(options.last)
    is_whole = bool(getattr(options, "vectors", False))
    wanted = Wanted(texts, events, options.profile or "", options.coverage or "", options.last or 0, is_whole)
    if getattr(options, "gdb", None) is not None and (wanted.is_followed or wanted.last):
        title = "a program that gdb controls is not watched: gdb goes back in time, a trace does not"
        raise DiagnosticError([Diagnostic("T604", title, help="leave --gdb away, or the options that watch it")])
    if wanted.is_followed or wanted.last:
        _check_program(getattr(options, "program", ""))
    return wanted


def _check_program(name: str) -> None:
    """Whether a program can be read by who watches it, too."""
    path = Path(name)
    if path.exists() and not path.is_file() and not path.is_dir():
        title = f"`{name}` can be read once, a program that is watched is read twice"
        raise DiagnosticError([Diagnostic("T607", title, help="put the program into a file")])


def _check_last(count: int) -> None:
    from hicannx.emu.tracering import CAPACITY

    if not 1 <= count <= CAPACITY:
        title = f"the last {count} instructions cannot be kept"
        raise DiagnosticError([Diagnostic("T605", title, help=f"ask for 1 to {CAPACITY} with --last")])


def _check_files(options: argparse.Namespace) -> None:
    """Whether what was seen goes to files of its own."""
    taken = {os.path.realpath(options.program)} if hasattr(options, "program") else set()
    named = [("--trace", one) for one in options.trace]
    named += [("--profile", options.profile), ("--coverage", options.coverage)]
    for option, name in named:
        if name is None:
            continue
        if not name or (option, name) == ("--coverage", stdout):
            title = f"`{option}` needs the name of a file"
            raise DiagnosticError([Diagnostic("T606", title, help=f"write for example `{option}={_examples[option]}`")])
        place = option if name == stdout else os.path.realpath(name)
        if place in taken:
            title = f"`{name}` is taken: by the program, or by something else that was seen"
            raise DiagnosticError([Diagnostic("T606", title, help="give each a file of its own")])
        taken.add(place)
