# Time: the clock, delays, and the decrementer as a periodic alarm, waited for or as an interrupt
# ================================================================================================
#
# Times are in clock cycles (250 000 in a millisecond at 250 MHz), 32 bits of them overflow after 17 s. Differences are
# right across the overflow as long as they are less than half of it. Changed are r3 to r12 and CTR.
#
# The host sees a processor at a `wait` as one that has ended. `timer_wait` is for programs whose host knows better, such
# as one that lets a fixed time pass; `timer_wait_until` watches the clock instead.
#
# An interrupt at any instruction may lose that instruction or execute it twice in simulations of the processor's open
# description. While it sleeps in `timer_wait` it has none under way: enable interrupts where the program waits.

    .set timer_time, 284            # special registers: clock, lower and upper word
    .set timer_time_upper, 285
    .set timer_decrementer, 22
    .set timer_reload, 54
    .set timer_status, 336
    .set timer_control, 340
    .set timer_saved_address, 26    # where the interrupted program goes on

    .set timer_expired, 0x0800      # upper halves of words: in the status, the decrementer has reached zero;
    .set timer_alarm, 0x0440        # in the control register, it asks for an interrupt, and begins again by itself
    .set timer_interrupts, 0x8000   # in the machine state: interrupts are taken

    .text
    .balign 4                       # whatever stands in front

# r3 and r4: the clock, upper and lower word.
    .globl  timer_now
    .type   timer_now, @function
timer_now:
    mfspr   3, timer_time_upper
    mfspr   4, timer_time
    mfspr   5, timer_time_upper
    cmpw    3, 5                    # did the lower word overflow in between?
    bne     timer_now
    blr
    .size   timer_now, . - timer_now

# Return when the lower word of the clock reaches r3.
    .globl  timer_wait_until
    .type   timer_wait_until, @function
timer_wait_until:
    mfspr   4, timer_time
    subf.   4, 3, 4
    blt     timer_wait_until
    blr
    .size   timer_wait_until, . - timer_wait_until

# Set the alarm off every r3 cycles, the first time so many cycles from now.
    .globl  timer_start
    .type   timer_start, @function
timer_start:
    mtspr   timer_reload, 3
    mtspr   timer_decrementer, 3
    lis     4, timer_expired
    mtspr   timer_status, 4         # writing one forgets an alarm from before
    mfspr   4, timer_control
    oris    4, 4, timer_alarm
    mtspr   timer_control, 4
    blr
    .size   timer_start, . - timer_start

# No more alarms.
    .globl  timer_stop
    .type   timer_stop, @function
timer_stop:
    mfspr   4, timer_control
    lis     5, timer_alarm
    andc    4, 4, 5
    mtspr   timer_control, 4
    lis     4, timer_expired
    mtspr   timer_status, 4
    blr
    .size   timer_stop, . - timer_stop

# Sleep until the next alarm; one that has gone off already counts. With interrupts the handler runs first.
    .globl  timer_wait
    .type   timer_wait, @function
timer_wait:
    wait
timer_woken:
    mfmsr   4
    andi.   4, 4, timer_interrupts
    bnelr                           # the handler has seen to the alarm
    lis     4, timer_expired
    mtspr   timer_status, 4
    blr
    .size   timer_wait, . - timer_wait

# Call a function without arguments at every alarm, as an interrupt; r3: its address, 0 for no more interrupts.
    .globl  timer_interrupt
    .type   timer_interrupt, @function
timer_interrupt:
    lis     4, timer_service@ha
    mfmsr   5
    rlwinm  5, 5, 0, 17, 15         # all but interrupts
    mtmsr   5
    stw     3, timer_service@l(4)
    cmpwi   3, 0
    beqlr
    ori     5, 5, timer_interrupts
    mtmsr   5
    blr
    .size   timer_interrupt, . - timer_interrupt

# The handler: the start-up code branches here from the vector of the decrementer. It keeps what the function may change
# of the scalar registers. Vector registers are not kept: the function may use those that the program does not.
    .globl  isr_dec
    .type   isr_dec, @function
isr_dec:
    stwu    1, -80(1)
    stw     0, 8(1)
    stw     3, 12(1)
    stw     4, 16(1)
    stw     5, 20(1)
    stw     6, 24(1)
    stw     7, 28(1)
    stw     8, 32(1)
    stw     9, 36(1)
    stw     10, 40(1)
    stw     11, 44(1)
    stw     12, 48(1)
    mfcr    3
    stw     3, 52(1)
    mflr    3
    stw     3, 56(1)
    mfctr   3
    stw     3, 60(1)
    mfxer   3
    stw     3, 64(1)
    lis     4, timer_expired
    mtspr   timer_status, 4
    mfspr   3, timer_saved_address
    lis     4, timer_wait@ha
    addi    4, 4, timer_wait@l
    cmpw    3, 4
    bne     1f
    addi    3, 3, timer_woken - timer_wait
    mtspr   timer_saved_address, 3  # interrupted in its sleep: it goes on behind the `wait`
1:  lis     3, timer_service@ha
    lwz     3, timer_service@l(3)
    cmpwi   3, 0                    # no function: somebody else has enabled interrupts
    beq     2f
    mtctr   3
    bctrl
2:  lwz     3, 52(1)
    mtcrf   0xff, 3
    lwz     3, 56(1)
    mtlr    3
    lwz     3, 60(1)
    mtctr   3
    lwz     3, 64(1)
    mtxer   3
    lwz     0, 8(1)
    lwz     3, 12(1)
    lwz     4, 16(1)
    lwz     5, 20(1)
    lwz     6, 24(1)
    lwz     7, 28(1)
    lwz     8, 32(1)
    lwz     9, 36(1)
    lwz     10, 40(1)
    lwz     11, 44(1)
    lwz     12, 48(1)
    addi    1, 1, 80
    rfi
    .size   isr_dec, . - isr_dec

    .bss
    .balign 4
    .type   timer_service, @object
timer_service:
    .space  4
    .size   timer_service, 4
    .text
