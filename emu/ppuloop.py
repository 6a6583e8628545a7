"""The text of the processor's loop: fetch, time, execute, time, trace; kerneltext.py fills in the instructions.

What an instruction does to the time, met in a state of the pipeline in which it was met before, is kept with the
decoded word; see pipestate.py. Without timing there is one state, in which every instruction takes a cycle.
"""

from __future__ import annotations

_begin = '''
def run(chip, ppu, limit):
    """Run processor `ppu` up to tick `limit`, or until it sleeps or something asks for attention.

    Interrupts are looked for at the beginning, when an enabled timer is due, and behind what can let one through.
    """
    core, gpr, sram, fault = chip.core[ppu], chip.gpr[ppu], chip.sram[ppu], chip.fault
    score, decoded = chip.score[ppu], chip.decoded[ppu]
    pc, instructions, begin, tracing = core[PC], core[INSTRUCTIONS], core[TICK] // PPU_CYCLE, core[TRACING]
    if core[SLEEPING]:
        if core[WAKE_TICK] >= limit:
            return 0
        pc = ask(chip, ppu, request.WAKE, pc, core[TICK])
    ask_pace(chip, ppu, pace.BEGIN, 0, 0, 0)
    slot, state, now = score[SLOT], score[STATE], max(score[SLOT], score[ISSUE])
    occupied = -(-score[TRANSFER_END] // EIGHTHS)
    end = -(-limit // PPU_CYCLE)
    while now < end:
        pc = ask(chip, ppu, request.INTERRUPT, pc, now * PPU_CYCLE)
        if core[ENTERED]:
            core[ENTERED], score[REDIRECTED] = 0, pc
            if state != UNTIMED_STATE:
                state = ask_pace(chip, ppu, pace.LATER, 0, state, now - slot + ASYNCHRONOUS_CYCLES)
                slot = now + ASYNCHRONOUS_CYCLES
        stop = end
        if core[WAKE_TICK] // PPU_CYCLE < end:
            stop = -(-core[WAKE_TICK] // PPU_CYCLE)
        while True:
'''

# Where the instruction issues in `stop` or later, nothing may change: it is executed in a later call.
_fetch = """
            place = pc >> 2 & PLACES - 1
            if pc < SRAM_BYTES:
                word = np.int64(sram[place])
            else:
                if slot >= stop:  # perhaps nothing more is to be fetched
                    now = slot
                    break
                word = np.int64(ask(chip, ppu, request.FETCH, pc, slot * PPU_CYCLE))
                if fault[FAULT_CODE]:
                    now = end = slot
                    break
            entry = decoded[place, ENTRY]
            if entry & WORD_MASK != word:
                call_entry(chip.entry[DECODE], chip, ppu, place, word)
                entry = decoded[place, ENTRY]
            leads = decoded[place, LEADS]
            if leads & STATE_MASK != state:
                found = lead_place(word, state)
                leads = chip.lead[found, 1]
                if leads == NONE or chip.lead[found, 0] != state << ROW_SHIFT | word:
                    leads = ask_pace(chip, ppu, pace.LEAD, place, slot, state)
                    if leads == NONE:
                        state = score[STATE]
                        continue
                decoded[place, LEADS] = leads
            issued = slot + (leads >> STALL_SHIFT & CYCLE_MASK)
            special = leads >> SPECIAL_SHIFT
            if special >= VECTORS:
                issued = ask_pace(chip, ppu, pace.VECTOR, place, issued, stop)
            if issued >= stop:
                now = issued
                break
"""

_execute = """
            op = entry >> ROW_SHIFT & ROW_MASK
            nia = case(entry >> CASE_SHIFT, word, chip, ppu, op, word, pc, pc + 4, issued, core, gpr)
            if nia & 1 and fault[FAULT_CODE]:
                core[EXCEPTION] = 0
                now = end = issued
                break
"""

_after = """
            slot, state = issued + (leads >> ADVANCE_SHIFT & CYCLE_MASK), leads >> OUT_SHIFT & STATE_MASK
            if special:
                if special == BRANCHES:
                    if not is_predicted(score, decoded[place], pc, nia & ~3):
                        behind = np.int64(chip.state_next[state, AFTER_REDIRECT])
                        if behind == NONE:
                            behind = ask_pace(chip, ppu, pace.REDIRECTS, place, state, 0)
                        slot, state = slot + REDIRECT - 1, behind
                elif special == ACCESSES:
                    if issued < occupied:
                        ask_pace(chip, ppu, pace.DELAY, place, slot, state)
                        occupied = -(-score[TRANSFER_END] // EIGHTHS)
                elif special >= VECTORS:
                    if special == BUS_VECTORS and core[EXTRA_CYCLES]:
                        ask_pace(chip, ppu, pace.ANSWER, place, 0, 0)
                    state, occupied = score[STATE], -(-score[TRANSFER_END] // EIGHTHS)
                else:
                    later = slot + (special == WAITS_FOR_INTERRUPT and not core[SLEEPING])
                    if special == SYNCHRONISES:
                        later = max(slot, -(-score[VECTOR_DONE] // EIGHTHS) + DRAIN)
                    if later > slot:
                        slot, state = later, ask_pace(chip, ppu, pace.WAIT, place, state, later - slot)
"""

_trace = """
            if tracing:
                record = chip.trace_ring[ppu, core[TRACED] & CAPACITY - 1]
                record[0], record[1] = issued, pc << 32 | word
                record[2], record[3] = gpr[word >> RT_SHIFT & GENERAL - 1], gpr[word >> RA_SHIFT & GENERAL - 1]
                flags = core[SO] << 2 | core[OV] << 1 | core[CA]
                record[4], record[5] = core[EFFECTIVE], core[CR] | flags << FLAG_SHIFT
                record[6], record[7] = core[LR] << 32 | core[CTR], core[TRACED_ROWS]
                if entry >> CASE_SHIFT >= FIRST_VECTOR:
                    ask_pace(chip, ppu, pace.NOTE_ROWS, place, 0, 0)
                core[TRACED] += 1
                if tracing == DRAINED and (core[TRACED] >= CAPACITY or core[TRACED_ROWS] > ROW_CAPACITY - SPARE_ROWS):
                    fault[ATTENTION], nia = 1, nia | 1
"""

_end = """
            instructions += 1
            here, pc = pc, nia
            if nia & 1:
                pc = nia & ~3
                if 0 < core[EXCEPTION] <= PROGRAM:
                    pc = ask(chip, ppu, request.EXCEPTION, here, issued * PPU_CYCLE)
                    if state != UNTIMED_STATE and slot < issued + EXCEPTION_CYCLES:
                        state = ask_pace(chip, ppu, pace.LATER, 0, state, issued + EXCEPTION_CYCLES - slot)
                        slot = issued + EXCEPTION_CYCLES
                    score[REDIRECTED] = pc
                core[EXCEPTION], now = 0, slot
                if core[SLEEPING]:
                    ask(chip, ppu, request.SLEEP, pc, slot * PPU_CYCLE)
                if core[SLEEPING] or fault[ATTENTION]:
                    end = slot
                break
    score[SLOT], score[STATE], score[ISSUE] = slot, state, now
    core[PC], core[TICK] = pc, now * PPU_CYCLE
    core[INSTRUCTIONS], core[CYCLES] = instructions, core[CYCLES] + now - begin
    return 0
"""


def loop_text() -> str:
    """The text of `run(chip, ppu, limit)`."""
    return "\n".join(part.strip("\n") for part in (_begin, _fetch, _execute, _after, _trace, _end))
