# Homeostasis of one hemisphere: every 10 ms the spike counters of its neurons are read, and all its weights follow a
# target rate; four rows of correlation sensors are read and reset besides.

    .set period, 2500000            # in cycles
    .include "../../configs/kernels/library/addresses.s"
    .set columns_of_a_block, spike_counter_read_backend_column_count
    .set between, spike_counter_read_backend_column_distance
    .set causal, pbus_cadc_causal
    .set acausal_buffered, pbus_cadc_acausal + pbus_buffered

    .text
    .globl  main
main:
    lis     3, goals@ha             # vector_fill(goals, 60, 2): 6 kHz in 10 ms
    addi    3, 3, goals@l
    li      4, 60
    li      5, 2
    bl      vector_fill
    lis     3, period@ha
    addi    3, 3, period@l
    bl      timer_start
update:
    bl      timer_wait
    lis     3, rates@ha
    addi    3, 3, rates@l
    lis     10, counters@ha
    addi    10, 10, counters@l
    li      11, 2                   # a block of counters for each half of the columns
block:
    lwz     4, 0(10)
    lwz     5, 8(10)
    addi    10, 10, 4
    li      6, columns_of_a_block
    mtctr   6
counter:
    lwz     6, 0(4)
    stb     6, 0(3)
    stw     6, 0(5)                 # whatever is written resets it
    addi    3, 3, 1
    addi    4, 4, between
    addi    5, 5, between
    bdnz    counter
    addic.  11, 11, -1
    bne     block
    lis     3, sorted@ha
    addi    3, 3, sorted@l
    lis     4, rates@ha
    addi    4, 4, rates@l
    bl      vector_split
    lis     6, causal@ha
    lis     7, acausal_buffered@ha
    li      4, 8                    # vectors of four rows
    mtctr   4
    li      4, 3
    fxvsplatb 0, 4
sensors:
    fxvinx  1, 0, 6
    fxvinx  2, 0, 7
    fxvoutx 0, 0, 6
    addi    6, 6, 1
    addi    7, 7, 1
    bdnz    sensors
    li      3, 0                    # homeostasis_synapses(0, 256, sorted, goals, 1)
    li      4, 256
    lis     5, sorted@ha
    addi    5, 5, sorted@l
    lis     6, goals@ha
    addi    6, 6, goals@l
    li      7, 1
    bl      homeostasis_synapses
    b       update

    .data
    .balign 4
    .globl  counters
    .type   counters, @object
counters:                           # two blocks of counters and two that reset them, as byte addresses
    .space  16
    .size   counters, 16

    .bss
    .balign 4
rates:
    .space  256
sorted:
    .space  256
goals:
    .space  256

    .include "../../configs/kernels/library/homeostasis.s"
    .include "../../configs/kernels/library/vector.s"
    .include "../../configs/kernels/library/timer.s"
