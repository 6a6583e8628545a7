# A scheduler: services that run again and again, each with a period of its own, the one that is due first goes first
# =====================================================================================================================
#
# A service is four words: the address of a function, its argument, the period in clock cycles, and the time at which it
# is due. Times are the lower word of the clock and may overflow; periods are less than 2^31. A service with period 0 runs
# once. One whose function is 0 is passed over: so a service ends itself. A function runs to its end; what has
# become due meanwhile follows in the order of the times, and a service that comes late keeps its times, so that no error
# adds up. Between services the processor watches the clock, awake: the host would take a sleeping one as finished.

    .set scheduler_time, 284        # special register: the lower word of the clock

    .set scheduler_function, 0      # the words of a service
    .set scheduler_argument, 4
    .set scheduler_period, 8
    .set scheduler_due, 12
    .set scheduler_service_bytes, 16

    .text
    .balign 4                       # whatever stands in front

# Let every service be due one period from now. r3: the services, r4: how many.
    .globl  scheduler_start
    .type   scheduler_start, @function
scheduler_start:
    cmpwi   4, 0
    beqlr
    mtctr   4
    mfspr   5, scheduler_time
1:  lwz     6, scheduler_period(3)
    add     6, 6, 5
    stw     6, scheduler_due(3)
    addi    3, 3, scheduler_service_bytes
    bdnz    1b
    blr
    .size   scheduler_start, . - scheduler_start

# Run services as they become due. r3: the services, r4: how many, r5: for how many cycles, less than 2^31; r3: how many
# have run. What is due at the end or later does not run.
    .globl  scheduler_run
    .type   scheduler_run, @function
scheduler_run:
    mfspr   6, scheduler_time
    stwu    1, -32(1)
    mflr    0
    stw     0, 36(1)
    stmw    27, 12(1)
    mr      31, 3                   # services
    mr      30, 4                   # how many
    add     29, 6, 5                # the end
    li      28, 0                   # how many have run
next_service:
    bl      scheduler_first
    cmpwi   27, 0
    beq     no_more_services
    lwz     3, scheduler_due(27)
    subf.   4, 29, 3                # a difference less than zero: before, also across an overflow
    bge     no_more_services
    bl      scheduler_wait
    lwz     5, scheduler_function(27)
    mtctr   5
    lwz     4, scheduler_period(27)
    cmpwi   4, 0
    add     3, 3, 4
    stw     3, scheduler_due(27)    # before the call: the service may change it
    lwz     3, scheduler_argument(27)
    bne     1f
    stw     4, scheduler_function(27)
1:  bctrl
    addi    28, 28, 1
    b       next_service
no_more_services:
    mr      3, 29
    bl      scheduler_wait
    mr      3, 28
    lmw     27, 12(1)
    lwz     0, 36(1)
    mtlr    0
    addi    1, 1, 32
    blr
    .size   scheduler_run, . - scheduler_run

# Find the service that is due first, the first of several; its address goes to r27, or 0. Changes r3, r5 to r7 and CTR.
scheduler_first:
    li      27, 0
    cmpwi   30, 0
    beqlr
    mtctr   30
    mr      3, 31
1:  lwz     5, scheduler_function(3)
    cmpwi   5, 0
    beq     3f
    lwz     6, scheduler_due(3)
    cmpwi   27, 0
    beq     2f
    subf.   5, 7, 6
    bge     3f
2:  mr      27, 3
    mr      7, 6                    # the earliest time so far
3:  addi    3, 3, scheduler_service_bytes
    bdnz    1b
    blr

# Wait until the clock reaches r3. Changes r4.
scheduler_wait:
    mfspr   4, scheduler_time
    subf.   4, 3, 4
    blt     scheduler_wait
    blr
