"""What a watched run leaves besides its trace: profile, coverage, the last instructions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hicannx.configs.experiment import processors
from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.tools.output import written_text
from hicannx.tools.trace.codemap import CodeMap
from hicannx.tools.trace.coverage import FileCover, as_lcov, make_coverage
from hicannx.tools.trace.profile import Profile, make_profile
from hicannx.tools.trace.profiletext import listing, tables
from hicannx.tools.trace.session import Session
from hicannx.tools.trace.wanted import Wanted, stdout

_json = ".json"


def check_sources(codes: Mapping[int, CodeMap], wanted: Wanted) -> None:
    """A DiagnosticError (T603) when coverage is asked for and no source line is known."""
    if wanted.coverage and not any(code.lines for code in codes.values()):
        names = ", ".join(sorted({f"`{code.binary.name}`" for code in codes.values()})) or "a run without programs"
        title = f"no source lines are known of {names}"
        help_text = "compile or assemble it with -g, link it to an ELF file, and run that"
        raise DiagnosticError([Diagnostic("T603", title, help=help_text)])


def profiles(session: Session) -> dict[str, Profile]:
    """The profile of each processor, by its name."""
    return {
        processors[ppu]: make_profile(counts, session.codes[ppu], session.startup_cycles[ppu])
        for ppu, counts in session.counts.items()
    }


def profile_json(session: Session) -> dict[str, Any]:
    """The profiles, ready for JSON."""
    return {name: one.as_json() for name, one in profiles(session).items()}


def write_reports(session: Session) -> None:
    """Write profile and coverage of a run that has begun into their files; the session keeps what hinders that."""
    if not session.has_ended:
        return
    wanted = session.wanted
    if wanted.profile and wanted.profile != stdout:
        is_json = wanted.profile.endswith(_json)
        text = json.dumps(profile_json(session), indent=1) + "\n" if is_json else profile_text(session, whole=True)
        _write(session, wanted.profile, text)
    if wanted.coverage:
        _write(session, wanted.coverage, as_lcov(_coverage(session)))


def _write(session: Session, path: str, text: str) -> None:
    with session.collecting(), written_text(path) as write:
        write(text)


def profile_text(session: Session, *, whole: bool = False) -> str:
    """Tables of each processor; as a `whole` with the code, too."""
    parts = []
    for ppu, (name, one) in zip(session.counts, profiles(session).items()):
        parts.append(tables(one, session.codes[ppu], f"{name} PPU" if len(session.counts) > 1 else ""))
        if whole:
            parts.append(listing(one, session.codes[ppu]))
    return "\n".join(parts)


def _coverage(session: Session) -> dict[str, FileCover]:
    """By source file; of files that both processors execute the executions are added."""
    found: dict[str, FileCover] = {}
    for ppu, counts in session.counts.items():
        for path, one in make_coverage(counts, session.codes[ppu]).items():
            found.setdefault(path, FileCover()).add(one)
    return found
