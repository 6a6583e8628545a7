"""What the race checker finds, and that it keeps quiet about what is right."""

from __future__ import annotations

import pytest

from hicannx.asm.assemble import assemble
from hicannx.emu.fault import Place
from hicannx.emu.ppu import run_image
from hicannx.emu.races import load_races
from hicannx.isa.load import load_isa
from hicannx.render import render_text
from hicannx.source import SourceFile


def _races(text: str) -> list[tuple[int, str]]:
    assembly = assemble(SourceFile("test.s", text))
    result = run_image(
        assembly.image(), locate=lambda ppu, pc: Place("", assembly.line_at(pc)), check_races=True, max_cycles=10_000
    )
    assert result.stop == "sleep"
    return [(one.span.line if one.span else 0, one.title) for one in result.warnings if one.code == "E113"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("li 3, 0x800\nfxvstax 1, 0, 3\nlwz 4, 124(3)\nwait", [(3, "the load may read what was there before the vector was stored")]),
        ("lwz 0, 64(0)\nlwz 5, 68(0)\nadd 6, 5, 5\nnop\nfxvsplatb 1, 0\nwait", [(5, "register 0 may not have arrived yet")]),
        ("lwz 0, 64(0)\nlwz 5, 68(0)\nadd 6, 5, 5\nnop\nnop\nfxvsplatb 1, 0\nwait", []),
        ("li 3, 0x800\nfxvstax 1, 0, 3\nsync\nlwz 4, 124(3)\nwait", []),
        ("li 3, 0x800\nfxvstax 1, 0, 3\nlwz 4, 128(3)\nlbz 4, -1(3)\nwait", []),
        ("li 3, 0x800\nfxvstax 1, 0, 3\nfxvlax 2, 0, 3\nwait", []),
        ("li 3, 0x800\nfxvstax 1, 0, 3\nnop\nstb 4, 0(3)\nwait", [(4, "the vector may be stored after this, and overwrite it")]),
        ("li 3, 0x800\nfxvlax 1, 0, 3\nsthx 4, 3, 5\nwait", [(3, "the vector may be loaded after this, with the new content")]),
        ("li 3, 0x800\nlwz 0, 0(3)\nnop\nfxvsplath 1, 0\nwait", [(4, "register 0 may not have arrived yet")]),
        ("li 3, 0x800\nmullw 0, 3, 3\nfxvsplatb 1, 0\nwait", [(3, "register 0 may not have arrived yet")]),
        ("li 3, 0x800\nlwz 0, 0(3)\nnop\nnop\nnop\nnop\nfxvsplath 1, 0\nwait", []),
        ("li 3, 0x800\nlwz 4, 0(3)\nfxvsplath 1, 4\nli 0, 5\nfxvsplath 2, 0\nwait", []),
        ("li 5, 3\nmtctr 5\nli 3, 0x800\n1: lwz 4, 0(3)\nfxvstax 1, 0, 3\nbdnz 1b\nwait", [(4, "the load may read what was there before the vector was stored")]),
    ],
)  # fmt: skip
def test_races(text: str, found: list[tuple[int, str]]) -> None:
    assert _races(text) == found


def test_the_rules_name_what_there_is() -> None:
    """A class of timing or an instruction that was renamed would silently be looked at no more."""
    isa, races = load_isa(), load_races()
    families = {row.family for row in isa.instructions.values()}
    assert {one for late in races.late for one in late.timing} | set(races.synchronising) <= set(isa.timing)
    assert {one for late in races.late for one in late.readers} | {one.first for one in races.memory} <= set(
        isa.instructions
    )
    assert {one.then for one in races.memory} <= families


def test_the_message() -> None:
    assembly = assemble(SourceFile("test.s", "li 3, 0x800\nfxvstax 1, 0, 3\nlwz 4, 0(3)\nwait\n"))
    result = run_image(assembly.image(), locate=lambda ppu, pc: Place("", assembly.line_at(pc)), check_races=True)
    assert (
        render_text(result.warnings).splitlines()
        == """\
warning[E113]: the load may read what was there before the vector was stored
 --> test.s:3:1
  |
3 | lwz 4, 0(3)
  | ^^^^^^^^^^^
  = note: the top PPU was at 0x0008
  = note: the other instruction stands at 0x0004, line 2
  = help: put `sync` between the two
""".splitlines()
    )
