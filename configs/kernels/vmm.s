# What the membranes have summed up: a vector times the matrix in the synapse array
# ================================================================================
#
# Once in a period the processor of the upper hemisphere sets its neurons back, reads what the converter shows of them
# without input, sets them back again, and reads them at the end of the events that the host sends meanwhile. The
# difference is the result of the column: a signed byte, 0 to 127 for positive and -128 to -1 for negative sums.
#
# Times count from the release of the processor: `settling` until the first period begins, and 10 to 40 us in each of them for
# the events. `results` has 256 bytes for each vector: first the 128 even columns, then the odd ones.

    .set time_base, 284             # special purpose register that counts clock cycles, 250 of them in a microsecond
    .set settling, 100 * 250        # neurons that have just been configured are anywhere
    .set period, 50 * 250
    .set pause, 5 * 250             # from a reset to the reading of the baseline
    .set last, 40 * 250             # when the events are over and the sums are read

    .set vectors, 40                # at most
    .set vector_bytes, 128

# Words that set four neurons back, as the processor sees them on the Omnibus; it does not matter what is written.
    .include "library/addresses.s"
    .set resets, neuron_reset_quad
    .set reset_words, neuron_reset_quad_synapse_quad_column_count

# Reading the causal channels of a row of the synapse array converts all channels. The odd columns then only have to be
# fetched. Which row it is does not matter, as the channels are connected to the neurons.
    .set causal_even, pbus_cadc_causal
    .set causal_odd, causal_even + pbus_buffered + 1

    .set sign, 0                    # vector registers: 128, which makes signed bytes of unsigned ones
    .set baseline_even, 1
    .set baseline_odd, 2
    .set sum_even, 3
    .set sum_odd, 4

    .text
    .globl  _start
_start:
    mfspr   31, time_base           # r31: when the period begins
    addi    31, 31, settling
    bl      reset_neurons
    mr      3, 31
    bl      timer_wait_until
    li      3, 128
    fxvsplatb sign, 3
    lis     30, results@ha          # r30: where the next result goes
    addi    30, 30, results@l
    lis     4, count@ha             # r29: vectors to go
    lwz     29, count@l(4)
    lis     28, causal_even@h       # r28 and r27: addresses on the parallel bus
    lis     27, causal_odd@h
    ori     27, 27, causal_odd@l
    li      26, vector_bytes
    cmpwi   29, 0
    beq     asleep

multiply:
    bl      reset_neurons
    addi    3, 31, pause
    bl      timer_wait_until
    fxvinx  baseline_even, 0, 28
    fxvinx  baseline_odd, 0, 27
    bl      reset_neurons
    addi    3, 31, last
    bl      timer_wait_until
    fxvinx  sum_even, 0, 28
    fxvinx  sum_odd, 0, 27
    .irp    parity, even, odd
    fxvaddbm baseline_\parity, baseline_\parity, sign
    fxvaddbm sum_\parity, sum_\parity, sign
    fxvsubbfs sum_\parity, sum_\parity, baseline_\parity
    .endr
    fxvstax sum_even, 0, 30
    fxvstax sum_odd, 26, 30
    addi    30, 30, 2 * vector_bytes
    addi    31, 31, period
    mr      3, 31
    bl      timer_wait_until
    addic.  29, 29, -1
    bne     multiply
    sync                            # all has been stored
asleep:
    wait                            # the host sees that all is done
    b       asleep

# Set all neurons of the hemisphere back. Changes r4, r5 and CTR.
reset_neurons:
    lis     4, resets@ha
    addi    4, 4, resets@l
    li      5, reset_words
    mtctr   5
1:  stw     5, 0(4)
    addi    4, 4, 4
    bdnz    1b
    sync
    blr

    .data
    .balign 4
    .globl  count
count:                              # how many vectors the host sends
    .long   1
    .size   count, 4

    .bss
    .balign 4
    .globl  results
results:
    .space  vectors * 2 * vector_bytes
    .size   results, vectors * 2 * vector_bytes

    .include "library/timer.s"
