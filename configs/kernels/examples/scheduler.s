# Three services for 450 us: one every 100 us, one every 160 us, and one that runs once, after 220 us.

    .set time_base, 284             # special register: the clock
    .set cycles_per_us, 250

    .text
    .globl  main
main:
    stwu    1, -16(1)
    mflr    0
    stw     0, 20(1)

    mfspr   3, time_base            # times are printed as those since now
    lis     4, begin@ha
    stw     3, begin@l(4)
    lis     3, services@ha          # scheduler_start(services, 3)
    addi    3, 3, services@l
    li      4, 3
    bl      scheduler_start
    mfspr   4, time_base            # without a period it is due now: put it off by 220 us
    lis     5, (220 * cycles_per_us)@ha
    addi    5, 5, (220 * cycles_per_us)@l
    add     4, 4, 5
    lis     5, once@ha
    addi    5, 5, once@l
    stw     4, 12(5)

    lis     3, services@ha          # scheduler_run(services, 3, 450 us)
    addi    3, 3, services@l
    li      4, 3
    lis     5, (450 * cycles_per_us)@ha
    addi    5, 5, (450 * cycles_per_us)@l
    bl      scheduler_run
    bl      mailbox_decimal         # how many ran
    lis     3, end@ha
    addi    3, 3, end@l
    bl      mailbox_text

    li      3, 0
    lwz     0, 20(1)
    mtlr    0
    addi    1, 1, 16
    blr

# Prints its argument, a text, and the time at which it was called.
report:
    mfspr   4, time_base
    stwu    1, -16(1)
    mflr    0
    stw     0, 20(1)
    stw     31, 8(1)
    lis     5, begin@ha
    lwz     5, begin@l(5)
    subf    4, 5, 4
    li      5, cycles_per_us
    divwu   31, 4, 5
    bl      mailbox_text
    mr      3, 31
    bl      mailbox_decimal
    lis     3, unit@ha
    addi    3, 3, unit@l
    bl      mailbox_text
    lwz     31, 8(1)
    lwz     0, 20(1)
    mtlr    0
    addi    1, 1, 16
    blr

    .data
    .balign 4
services:                           # function, argument, period, when it is due
    .long   report, learn, 100 * cycles_per_us, 0
    .long   report, adapt, 160 * cycles_per_us, 0
once:
    .long   report, note, 0, 0
learn:
    .asciz  "learning at "
adapt:
    .asciz  "adapting at "
note:
    .asciz  "once at "
unit:
    .asciz  " us\n"
end:
    .asciz  " services have run\n"

    .bss
    .balign 4
begin:
    .space  4

    .include "../library/scheduler.s"
    .include "../library/mailbox.s"
