"""`hicannx doc WHAT`: what is derived from the tables for people: pages, the C header, lexer and editor grammar."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hicannx.tools.actions import take_verb_options
from hicannx.tools.output import print_json, write_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the topics of the verb and their arguments."""
    topics = parser.add_subparsers(dest="topic", required=True, metavar="TOPIC")
    pages = topics.add_parser("isa", help="the instruction set, directives and diagnostics as pages (HTML)")
    pages.add_argument("-o", "--output", default="isa-doc", metavar="FOLDER", help="folder to write (default isa-doc)")
    pages.set_defaults(write=_pages)
    header = topics.add_parser("header", help="the C header hicannx.h: vector unit, special registers, memory map")
    _file(header, _header)
    lexer = topics.add_parser("lexer", help="a lexer of assembly sources, as a file of its own")
    lexer.add_argument("kind", choices=["pygments"], help="for which highlighter")
    _file(lexer, _lexer)
    _file(topics.add_parser("textmate", help="a TextMate grammar of assembly sources, for editors (JSON)"), _grammar)
    fidelity = topics.add_parser("fidelity", help="how far to believe the analog model: all mappings (Markdown)")
    fidelity.add_argument("--measure", action="store_true", help="run the experiments of the acceptance table anew")
    _file(fidelity, _fidelity)
    fidelity.set_defaults(write=_fidelity_page)
    _file(topics.add_parser("gcc-flags", help="the flags with which gcc compiles C for the processor"), _flags)
    for one in topics.choices.values():
        take_verb_options(one)


def run(options: argparse.Namespace) -> int:
    """Write the files of the topic, or print its text."""
    code: int = options.write(options)
    return code


def _file(parser: argparse.ArgumentParser, make: object) -> None:
    parser.add_argument("-o", "--output", metavar="FILE", help="file to write (default: standard output)")
    parser.set_defaults(write=_text, make=make)


def _pages(options: argparse.Namespace) -> int:
    from hicannx.tools.doc.site import isa_pages

    folder = Path(options.output)
    pages = isa_pages()
    for name, text in pages.items():
        write_file(folder / name, text.encode())
    if options.json:
        print_json({"output": str(folder), "files": sorted(pages)})
    else:
        print(f"{folder / 'index.html'}: {len(pages)} files")
    return 0


def _text(options: argparse.Namespace) -> int:
    text = options.make()
    if options.output is None:
        print_json({"text": text}) if options.json else sys.stdout.write(text)
        return 0
    content = text.encode()
    write_file(options.output, content)
    if options.json:
        print_json({"output": options.output, "bytes": len(content)})
    return 0


def _header() -> str:
    from hicannx.tools.doc.header import c_header

    return c_header()


def _lexer() -> str:
    from hicannx.tools.doc.lexer import lexer_module

    return lexer_module()


def _grammar() -> str:
    from hicannx.tools.doc.textmate import grammar_text

    return grammar_text()


def _fidelity_page(options: argparse.Namespace) -> int:
    """The page; with `--measure` what it has measured is kept with the code, from where the next page takes it."""
    if options.measure:
        from importlib.resources import files

        from hicannx.tools.doc.acceptance import accepting_experiments, as_yaml, measure_acceptance, measured_file

        measured = measure_acceptance(accepting_experiments())
        write_file(str(files("hicannx.tools.doc") / measured_file), as_yaml(measured))
    return _text(options)


def _fidelity() -> str:
    from hicannx.tools.doc.fidelity import fidelity_page

    return fidelity_page()


def _flags() -> str:
    from hicannx.tools.gccflags import gcc_flags

    return " ".join(gcc_flags()) + "\n"
