"""The command `hicannx`: one verb a module `cmd_<verb>`, imported when it is chosen."""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
from collections.abc import Sequence

from hicannx import __version__
from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.render import render_json, render_text
from hicannx.tools.actions import color_choices

_garbage = 100_000  # new objects until garbage is looked for: a command makes little, and looking delays its start
verbs = {
    "run": "run an experiment on the emulated chip",
    "config": "check, encode, dump or compare configurations of the chip",
    "bitstream": "compile, show, assemble or run a playback program",
    "chip": "make or show a virtual chip, whose circuits differ from the nominal ones",
    "calibrate": "find codes of analog parameters for targets by measuring an emulated chip",
    "ppu": "run a program on one plasticity processor alone",
    "serve": "serve an emulated chip over the network, as the FPGA of a real one does",
    "asm": "assemble a source file",
    "ld": "link objects and archives to a program",
    "dis": "disassemble a file or single words",
    "lint": "name instructions that the processor lacks or executes otherwise",
    "lookup": "explain a mnemonic, an instruction word, a register or an address",
    "conform": "compare this software with golden files",
    "export": "write the registers for C, the assembler, SystemRDL, CMSIS-SVD or as HTML",
    "explain": "explain the code of an error message",
    "doc": "write what is derived for people: pages, C header, lexer, editor grammar",
    "info": "show the version, where things lie and what is shipped",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (default: that of the process); 0 is success, 1 a reported failure, 2 wrong usage."""
    if arguments is None:
        gc.set_threshold(_garbage)
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _run(words: list[str]) -> int:
    verb = words[0] if words else ""
    if verb not in verbs:
        return _overview(words)
    module = importlib.import_module(f"hicannx.tools.cmd_{verb}")
    parser = argparse.ArgumentParser(prog=f"hicannx {verb}", description=verbs[verb])
    parser.add_argument("--json", action="store_true", help="print results and errors as JSON")
    parser.add_argument("--color", choices=color_choices, default="auto", help="colour the output")
    module.add_arguments(parser)
    try:
        options = parser.parse_args(getattr(module, "respell", list)(words[1:]))
    except SystemExit as stop:  # argparse has printed its message or the help
        return stop.code if isinstance(stop.code, int) else 2
    return _guarded(module.run, options)


def _overview(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="hicannx",
        description="A whole BrainScaleS-2 neuromorphic chip (HICANN-X) in software.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="verbs:\n"
        + "\n".join(f"  {name:<11}{text}" for name, text in verbs.items())
        + "\n\n`hicannx VERB --help` tells more about one of them.",
    )
    parser.add_argument("--version", action="version", version=f"hicannx {__version__}")
    parser.add_argument("verb", choices=list(verbs), metavar="VERB", help="what to do, see below")
    try:
        parser.parse_args(words[:1])
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    raise AssertionError("only words that are no verb come here")


def use_color(choice: str, stream: object) -> bool:
    """Whether to write colours to a stream: `always`, `never`, or `auto`, which respects NO_COLOR and terminals."""
    if choice != "auto":
        return choice == "always"
    return not os.environ.get("NO_COLOR") and bool(getattr(stream, "isatty", lambda: False)())


def _guarded(run: object, options: argparse.Namespace) -> int:
    assert callable(run)
    try:
        code = int(run(options))
        sys.stdout.flush()
        return code
    except DiagnosticError as error:
        _tell(error.diagnostics, options)
        return 1
    except OSError as error:
        if error.filename is not None:  # of a file that something of ours has opened, which tells its own errors
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # the reader of our output is gone, as in `hicannx ... | head`
            title = f"cannot write to standard output: {(error.strerror or str(error)).lower()}"
            _tell([Diagnostic("T101", title, help="send it somewhere else")], options)
        return 1


def _tell(diagnostics: Sequence[Diagnostic], options: argparse.Namespace) -> None:
    if options.json:
        print(render_json(diagnostics), file=sys.stderr)
    else:
        print(render_text(diagnostics, color=use_color(options.color, sys.stderr)), file=sys.stderr)
