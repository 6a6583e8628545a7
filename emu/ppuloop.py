"""The text of the processor's loop: fetch, time, execute, time, trace; kerneltext.py fills in the instructions.

What an instruction does to the time, met in a state of the pipeline in which it was met before, is kept with the
decoded word; see pipestate.py. Without timing there is one state, in which every instruction takes a cycle. States
stand here where ENTRY of a decoded word has them, so that a single comparison tells that word and state are as before.
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
    slot, state, now = score[SLOT], score[STATE] << STATE_SHIFT, max(score[SLOT], score[ISSUE])
    occupied = -(-score[TRANSFER_END] // EIGHTHS)
    end = -(-limit // PPU_CYCLE)
    while now < end:
        pc = ask(chip, ppu, request.INTERRUPT, pc, now * PPU_CYCLE)
        if core[ENTERED]:
            core[ENTERED], score[REDIRECTED] = 0, pc
            if state != IS_UNTIMED:
                state = follow(chip, ppu, pace.LATER, 0, state, now - slot + ASYNCHRONOUS_CYCLES)
                slot = now + ASYNCHRONOUS_CYCLES
        stop = end
        if core[WAKE_TICK] // PPU_CYCLE < end:
            stop = -(-core[WAKE_TICK] // PPU_CYCLE)
        while True:
'''

# Where the instruction issues in `stop` or later, nothing may change: it is executed in a later call.
_fetch = """
            place = pc >> 2 & PLACES - 1
            if rarely(pc >= SRAM_BYTES):
                if slot >= stop:  # perhaps nothing more is to be fetched
                    now = slot
                    break
                word = np.int64(ask(chip, ppu, request.FETCH, pc, slot * PPU_CYCLE))
                if fault[FAULT_CODE]:
                    now = end = slot
                    break
            else:
                word = np.int64(sram[place])
            leads = decoded[place, LEADS]
            if rarely(decoded[place, ENTRY] != state | word):
                if rarely(decoded[place, ENTRY] & WORD_MASK != word):
                    ask_entry(chip.entry[DECODE], chip, ppu, pc, word)
                found = lead_place(word, state >> STATE_SHIFT)
                leads = chip.lead[found, 1]
                if rarely(chip.lead[found, 0] != state | word):
                    leads = ask_pace(chip, ppu, pace.LEAD, pc, slot, state >> STATE_SHIFT)
                    if leads == NONE:
                        state = score[STATE] << STATE_SHIFT
                        continue
                decoded[place, ENTRY], decoded[place, LEADS] = state | word, leads
            issued = slot + (leads >> STALL_SHIFT)
            if rarely(leads & IS_VECTOR != 0):
                issued = ask_pace(chip, ppu, pace.VECTOR, pc, issued, stop)
            if rarely(issued >= stop):
                now = issued
                break
"""

_execute = """
            nia, seen, special = case(leads & CASE_MASK, word, chip, ppu, word, pc, pc + 4, issued, core, gpr)
            if rarely(seen != 0) and fault[FAULT_CODE]:
                core[EXCEPTION] = 0
                now = end = issued
                break
"""

_after = """
            slot, state = issued + (leads >> ADVANCE_SHIFT & CYCLE_MASK), leads & OUT_MASK
            if special == BRANCHES:
                if leads & SPECIAL_MASK and not is_predicted(score, decoded[place], pc, nia):
                    behind = np.int64(chip.state_next[state >> STATE_SHIFT, AFTER_REDIRECT]) << STATE_SHIFT
                    if rarely(behind == NONE):
                        behind = follow(chip, ppu, pace.REDIRECTS, 0, state, 0)
                    slot, state = slot + REDIRECT - 1, behind
            elif special == ACCESSES:
                if rarely(issued < occupied) and leads & SPECIAL_MASK:
                    ask_pace(chip, ppu, pace.DELAY, 0, slot, state >> STATE_SHIFT)
                    occupied = -(-score[TRANSFER_END] // EIGHTHS)
            elif special and leads & SPECIAL_MASK:
                special = (leads & SPECIAL_MASK) >> SPECIAL_SHIFT
                if special >= VECTORS:
                    if special == BUS_VECTORS and core[EXTRA_CYCLES]:
                        ask_pace(chip, ppu, pace.ANSWER, pc, 0, 0)
                    state, occupied = score[STATE] << STATE_SHIFT, -(-score[TRANSFER_END] // EIGHTHS)
                else:
                    later = slot + (special == WAITS_FOR_INTERRUPT and not core[SLEEPING])
                    if special == SYNCHRONISES:
                        later = max(slot, -(-score[VECTOR_DONE] // EIGHTHS) + DRAIN)
                    if later > slot:
                        slot, state = later, follow(chip, ppu, pace.WAIT, 0, state, later - slot)
"""

_trace = """
            if rarely(tracing != 0):
                record = chip.trace_ring[ppu, core[TRACED] & CAPACITY - 1]
                record[0], record[1] = issued, pc << 32 | word
                record[2], record[3] = gpr[word >> RT_SHIFT & GENERAL - 1], gpr[word >> RA_SHIFT & GENERAL - 1]
                flags = core[SO] << 2 | core[OV] << 1 | core[CA]
                record[4], record[5] = core[EFFECTIVE], core[CR] | flags << FLAG_SHIFT
                record[6], record[7] = core[LR] << 32 | core[CTR], core[TRACED_ROWS]
                if leads & CASE_MASK >= FIRST_VECTOR:
                    ask_pace(chip, ppu, pace.NOTE_ROWS, pc, 0, 0)
                core[TRACED] += 1
                if tracing == DRAINED and (core[TRACED] >= CAPACITY or core[TRACED_ROWS] > ROW_CAPACITY - SPARE_ROWS):
                    fault[ATTENTION], seen = 1, 1
"""

_end = """
            instructions += 1
            here, pc = pc, nia
            if rarely(seen != 0):
                if 0 < core[EXCEPTION] <= PROGRAM:
                    pc = ask(chip, ppu, request.EXCEPTION, here, issued * PPU_CYCLE)
                    if state != IS_UNTIMED and slot < issued + EXCEPTION_CYCLES:
                        state = follow(chip, ppu, pace.LATER, 0, state, issued + EXCEPTION_CYCLES - slot)
                        slot = issued + EXCEPTION_CYCLES
                    score[REDIRECTED] = pc
                core[EXCEPTION], now = 0, slot
                if core[SLEEPING]:
                    ask(chip, ppu, request.SLEEP, pc, slot * PPU_CYCLE)
                if core[SLEEPING] or fault[ATTENTION]:
                    end = slot
                break
    score[SLOT], score[STATE], score[ISSUE] = slot, state >> STATE_SHIFT, now
    core[PC], core[TICK] = pc, now * PPU_CYCLE
    core[INSTRUCTIONS], core[CYCLES] = instructions, core[CYCLES] + now - begin
    return 0
"""


def loop_text() -> str:
    """The text of `run(chip, ppu, limit)`."""
    return "\n".join(part.strip("\n") for part in (_begin, _fetch, _execute, _after, _trace, _end))
