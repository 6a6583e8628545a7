# What the correlation sensors of a row have gained
# =================================================
#
# The processor resets the sensors of a row, reads them, waits until the host has sent its pairs of spikes, and reads them
# again. Correlation lowers a reading; the host takes the difference.
#
# `readings` has what was read before, then what was read after: each 256 bytes of the causal sensors and 256 of the acausal
# ones, the even columns first.

    .set time_base, 284             # special purpose register that counts clock cycles
    .set row, 0
    .set rows, 1
    .set reading_bytes, 4 * 128

    .text
    .globl  _start
_start:
    mfspr   31, time_base
    li      3, row
    li      4, rows
    bl      stdp_reset
    lis     30, readings@ha
    addi    30, 30, readings@l
    mr      3, 30
    li      4, row
    bl      stdp_read
    lis     3, until@ha
    lwz     3, until@l(3)
    add     3, 3, 31
    bl      timer_wait_until
    addi    3, 30, reading_bytes
    li      4, row
    bl      stdp_read
asleep:
    wait                            # the host sees that all is done
    b       asleep

    .data
    .balign 4
    .globl  until
until:                              # how long it waits for the pairs: 16 ms in clock cycles at 250 MHz
    .long   4000000
    .size   until, 4

    .bss
    .balign 4
    .globl  readings
readings:
    .space  2 * reading_bytes
    .size   readings, 2 * reading_bytes

    .include "library/stdp.s"
    .include "library/timer.s"
