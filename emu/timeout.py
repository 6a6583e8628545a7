"""What is told of an instruction that blocked for longer than the instruction timeout."""

from __future__ import annotations

from hicannx.diagnostic import Diagnostic
from hicannx.emu import play as pb
from hicannx.emu import state as st
from hicannx.emu.chip import Chip
from hicannx.emu.fault import Locate, who
from hicannx.emu.machine import fpga_cycle_ticks, tick_us
from hicannx.regmodel.playback.words import Program


def describe_timeout(chip: Chip, playback: pb.Playback, program: Program, locate: Locate) -> Diagnostic:
    """The error (E110) of the instruction that the cursor is at."""
    state, cursor = chip.world.chip, playback.cursor
    index = int(cursor[pb.INDEX])
    name = program.name(index)
    if name == "poll_omnibus":
        return _poll(chip, index, locate)
    cycles = int(cursor[pb.CYCLE] + state.register[playback.register[pb.INSTRUCTION_TIMEOUT]])
    title = f"the instruction `{name}` (word {index}) timed out after {cycles * fpga_cycle_ticks * tick_us:.1f} us"
    help_text = "raise InstructionTimeoutConfig if it needs longer"
    if name == "barrier":
        help_text = _awaited(state, program.fields(index), int(cursor[pb.LOST])) or help_text
    return Diagnostic("E110", title + " of chip time", help=help_text)


def _poll(chip: Chip, index: int, locate: Locate) -> Diagnostic:
    title = f"the polling block (word {index}) timed out after {chip.now_tick * tick_us:.1f} us of chip time"
    notes, span = [], None
    for ppu, core in enumerate(chip.world.chip.core):
        if core[st.RUNNING] and not core[st.SLEEPING]:
            place = locate(ppu, int(core[st.PC]))
            span = span or place.span
            notes.append(who(ppu, int(core[st.PC]), place) + " and does not sleep")
    help_text = "end the program with `wait`, or raise InstructionTimeoutConfig if it needs longer"
    return Diagnostic("E110", title, span, notes=tuple(notes), help=help_text)


def _awaited(state: st.ChipState, fields: dict[str, int], lost: int) -> str:
    """What a barrier waits for that never comes; nothing if it only takes too long."""
    reason = "the chip is in reset" if state.fpga[st.RESET_LEVEL] else "no pair of transceivers is enabled"
    if fields["omnibus"] and lost:
        return f"nobody answers {lost} Omnibus accesses" + ("" if state.fpga[st.LINK_UP] else f": {reason}")
    if fields["systime"] and state.fpga[st.SYNC_END] == st.NEVER:
        return "the synchronisation of the system time found no chip"
    if fields["systime_correction"]:
        return "the interrupt that SystimeCorrectionBarrierConfig waits for comes from other FPGAs, and there are none"
    return ""
