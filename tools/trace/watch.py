"""Watching a run for the command line: only what is wanted, and reports also of a run that went wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from hicannx.diagnostic import DiagnosticError
from hicannx.tools.trace.wanted import Wanted

if TYPE_CHECKING:
    from hicannx.emu.chip import Chip
    from hicannx.tools.trace.codemap import CodeMap
    from hicannx.tools.trace.session import Session


@contextmanager
def watched(
    chip: Chip, paths: Mapping[int, str | Path], wanted: Wanted, max_cycles: int = 0, *, as_json: bool = False
) -> Iterator[Session | None]:
    """Watch what processors execute in the block; None where nothing is wanted.

    `paths` are the files of their programs. Profile and coverage are written at the end. A fault gets the last
    instructions beside it, and what could not be written behind it; else `check_written` of the session tells that.
    DiagnosticErrors: T603, those of `read_binary`.
    """
    if not (wanted.is_followed or wanted.last):
        yield None
        return
    from hicannx.tools.trace.reports import check_sources, write_reports
    from hicannx.tools.trace.session import Session

    codes = _codes(paths)
    check_sources(codes, wanted)
    session = Session(chip, codes, wanted, max_cycles)
    try:
        with session.watching():
            yield session
    except KeyboardInterrupt:
        write_reports(session)
        session.check_written()
        raise
    except DiagnosticError as error:
        write_reports(session)
        told = DiagnosticError([*error.diagnostics, *session.unwritten])
        raise with_last(told, session, as_json) from None
    write_reports(session)


def with_last(error: DiagnosticError, session: Session | None, as_json: bool) -> DiagnosticError:
    """Print the last instructions on standard error; as JSON they are notes of the error instead."""
    texts = session.last_instructions() if session else {}
    if as_json:
        notes = [line for text in texts.values() for line in text.splitlines()]
        first, *others = error.diagnostics
        return DiagnosticError([attrs.evolve(first, notes=(*first.notes, *notes)), *others])
    from hicannx.configs.experiment import processors

    for ppu, text in texts.items():
        owner = f" of the {processors[ppu]} PPU" if len(texts) > 1 else ""
        print(f"the last instructions{owner}:\n{text}", file=sys.stderr)
    return error


def _codes(paths: Mapping[int, str | Path]) -> dict[int, CodeMap]:
    from hicannx.tools.trace.codemap import read_codemap

    known = {path: read_codemap(path) for path in dict.fromkeys(map(str, paths.values()))}
    return {ppu: known[str(path)] for ppu, path in paths.items()}
