# Every neuron finds the weight at which it fires at its target rate
# ===================================================================
#
# Once in a period the processor of a hemisphere wakes up, reads the spike counters of its 256 neurons, sets them back to zero,
# and moves the weights of one synapse row by one towards more spikes where there were too few, and towards fewer where there
# were too many (homeostasis_synapses in library/homeostasis.s).
#
# The host says with `hemisphere` whose neurons are counted: 0 for the upper half, 1 for the lower one. It may read
# `rates`, the spikes of the last period: first the 128 even columns, then the odd ones.

# A counter is a word on the Omnibus: the count, and whether it overflowed. A block of the backends has those of the
# first half of the columns, the other block those of the other half. To each counter belongs a word that sets it to
# zero, whatever is written.
    .include "library/addresses.s"
    .set counters, spike_counter_read
    .set lower_half, spike_counter_read_neuron_row_distance
    .set other_side, spike_counter_read_backend_block_distance
    .set counter_reset, spike_counter_reset - spike_counter_read
    .set counter_distance, spike_counter_read_backend_column_distance
    .set side_columns, spike_counter_read_backend_column_count
    .set overflow, spike_counter_read_overflow_mask
    .set highest_rate, spike_counter_read_count_mask

    .set synapse_row, 0
    .set step, 1
    .set vector_bytes, 128

    .text
    .globl  _start
_start:
    lis     1, stack@ha
    addi    1, 1, stack@l
    lis     3, targets@ha           # vector_fill(targets, target, 2)
    addi    3, 3, targets@l
    lis     4, target@ha
    lwz     4, target@l(4)
    li      5, 2
    bl      vector_fill

    lis     31, counters@ha         # r31: the counters of this hemisphere
    addi    31, 31, counters@l
    lis     4, hemisphere@ha
    lwz     4, hemisphere@l(4)
    mulli   4, 4, lower_half
    add     31, 31, 4
    lis     4, updates@ha           # r30: updates to go
    lwz     30, updates@l(4)
    mr      3, 31
    bl      read_counters           # sets them to zero; counted is from here on
    lis     4, period@ha
    lwz     3, period@l(4)
    bl      timer_start

update:
    bl      timer_wait              # asleep; a host that looks for the end has to know the time of the last update
    mr      3, 31
    bl      read_counters
    li      3, synapse_row          # homeostasis_synapses(synapse_row, 1, rates, targets, step)
    li      4, 1
    lis     5, rates@ha
    addi    5, 5, rates@l
    lis     6, targets@ha
    addi    6, 6, targets@l
    li      7, step
    bl      homeostasis_synapses
    addic.  30, 30, -1
    bne     update
    bl      timer_stop
asleep:
    wait                            # the host sees that all is done
    b       asleep

# Read the counters at r3 into `rates`, and set them to zero. Columns c and c + 1 go to the same element of the vectors of
# the even and of the odd columns. Changes r3 to r8 and CTR.
read_counters:
    lis     4, rates@ha
    addi    4, 4, rates@l
    addis   8, 3, other_side@h      # where the columns of the other side begin
1:  li      7, side_columns / 2
    mtctr   7
2:  .irp    odd, 0, 1
    lwz     5, \odd * counter_distance(3)
    stw     5, \odd * counter_distance + counter_reset(3)
    andi.   6, 5, overflow
    beq     3f
    li      5, highest_rate
3:  stb     5, \odd * vector_bytes(4)
    .endr
    addi    3, 3, 2 * counter_distance
    addi    4, 4, 1
    bdnz    2b
    cmplw   3, 8                    # once more, from the other side on
    mr      3, 8
    blt     1b
    sync                            # all has arrived before vectors are loaded from there
    blr

    .data
    .balign 4
    .globl  hemisphere, target, period, updates
hemisphere:
    .long   0
    .size   hemisphere, 4
target:                             # spikes in a period
    .long   60
    .size   target, 4
period:                             # 10 ms in clock cycles at 250 MHz
    .long   2500000
    .size   period, 4
updates:
    .long   100
    .size   updates, 4

    .bss
    .balign 4
    .globl  rates
rates:
    .space  2 * vector_bytes
    .size   rates, 2 * vector_bytes
targets:
    .space  2 * vector_bytes
    .space  256
stack:
    .space  16

    .include "library/homeostasis.s"
    .include "library/timer.s"
    .include "library/vector.s"
