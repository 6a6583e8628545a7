# Samples of the membranes by the CADC, as fast as the processor can take them: 64 times the time, and the even columns of
# one row, stored from `samples` on. The host reads them when the processor sleeps.

    .set time_base, 284             # counts clock cycles since the release of the processor
    .set samples, 0x1000            # behind the program: 64 times 4 + 128 bytes
    .set count, 64
    .include "library/addresses.s"

_start:
    li      3, samples
    lis     5, pbus_cadc_causal@h   # row 0, even columns: a conversion of the causal channels, which is read
    lis     6, (pbus_cadc_causal + pbus_buffered)@h
    ori     6, 6, 1                 # row 0, odd columns: what that conversion has latched
    li      7, count
    mtctr   7
sample:
    mfspr   8, time_base
    stw     8, 0(3)
    addi    4, 3, 4
    fxvinx  0, 0, 5
    fxvinx  1, 0, 6
    sync                            # so that the next time is that of its conversion, not when its loads are queued
    fxvstax 0, 0, 4
    addi    3, 3, 132
    bdnz    sample
    sync
asleep:
    wait
    b       asleep
