# An alarm every 40 us calls a service as an interrupt; the program sleeps, and ends after five of them.

    .set cycles_per_us, 250
    .set period_us, 40
    .set alarms, 5

    .text
    .globl  main
main:
    stwu    1, -16(1)
    mflr    0
    stw     0, 20(1)

    lis     3, service@ha           # timer_interrupt(service)
    addi    3, 3, service@l
    bl      timer_interrupt
    li      3, period_us * cycles_per_us
    bl      timer_start
sleep:
    bl      timer_wait
    lis     4, count@ha
    lwz     5, count@l(4)
    cmpwi   5, alarms
    blt     sleep

    bl      timer_stop
    li      3, 0
    bl      timer_interrupt         # timer_interrupt(0): no more interrupts

    li      3, 0
    lwz     0, 20(1)
    mtlr    0
    addi    1, 1, 16
    blr

# Counts, and prints the time. The handler calls it as C would.
service:
    stwu    1, -16(1)
    mflr    0
    stw     0, 20(1)
    lis     4, count@ha
    lwz     5, count@l(4)
    addi    5, 5, 1
    stw     5, count@l(4)
    bl      timer_now
    li      5, cycles_per_us
    divwu   3, 4, 5
    bl      mailbox_decimal
    lis     3, text@ha
    addi    3, 3, text@l
    bl      mailbox_text
    lwz     0, 20(1)
    mtlr    0
    addi    1, 1, 16
    blr

    .data
    .balign 4
count:
    .long   0
text:
    .asciz  " us\n"

    .include "../library/timer.s"
    .include "../library/mailbox.s"
