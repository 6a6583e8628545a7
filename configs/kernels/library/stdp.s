# Spike-timing-dependent plasticity: weights follow what the correlation sensors have measured
# =============================================================================================
#
# Each synapse has a sensor for causal and one for acausal pairs of spikes. Their readings c and a are unsigned bytes; a
# sensor without correlation shows its baseline, and correlation lowers what it shows (the amplitude is baseline - reading:
# calix:src/py/calix/spiking/correlation_measurement.py). For every synapse of a row
#
#     x = saturate(causal_baseline - c),  y = saturate(acausal_baseline - a)           to -128 ... 127
#     w = limit(w + round((x * causal_rate + y * acausal_rate) / 128))                 to 0 ... 63
#
# A rule is four bytes in memory: the baselines (unsigned) and the rates (signed, in 1/128: -128 ... 127). With a positive
# causal and a negative acausal rate causal pairs strengthen a synapse and acausal ones weaken it. The sum in brackets
# saturates at 32767 / 2; a half is rounded up.
#
# A row has two vectors, first the even columns, then the odd ones. Changed are r3 to r12, CTR, v16 to v31, the
# accumulator and the conditions.

    .set stdp_vector, 128
    .set stdp_greater, 1            # conditions of vector instructions
    .set stdp_less, 2

# The parallel bus counts vectors: base + 2 * row + 1 for odd columns. An unbuffered read starts a conversion of the
# whole row, causal and acausal; buffered reads return what it has found. A write to the causal base resets sensors.
    .include "addresses.s"
    .set stdp_causal, pbus_cadc_causal
    .set stdp_acausal, pbus_cadc_acausal
    .set stdp_buffered, pbus_buffered
    .set stdp_reset_both, 3         # bit 0: causal, bit 1: acausal

# The vector registers by name.
    .set stdp_weight, 16
    .set stdp_x, 17
    .set stdp_y, 18
    .set stdp_excess, 19
    .set stdp_resetting, 23
    .set stdp_sign, 24              # 128: exchanges unsigned bytes and signed ones that are 128 less
    .set stdp_causal_baseline, 25
    .set stdp_acausal_baseline, 26
    .set stdp_causal_rate, 27
    .set stdp_acausal_rate, 28
    .set stdp_half, 29
    .set stdp_zero, 30
    .set stdp_maximum, 31

    .text
    .balign 4                       # whatever stands in front

# Update one row in memory. r3: weights, r4: causal readings, r5: acausal readings (256 bytes each), r6: the rule.
    .globl  stdp_update
    .type   stdp_update, @function
stdp_update:
    mflr    12
    bl      stdp_constants
    li      7, 2
    mtctr   7
    sync
1:  fxvlax  stdp_weight, 0, 3
    fxvlax  stdp_x, 0, 4
    fxvlax  stdp_y, 0, 5
    addi    4, 4, stdp_vector
    addi    5, 5, stdp_vector
    bl      stdp_step
    fxvstax stdp_weight, 0, 3
    addi    3, 3, stdp_vector
    bdnz    1b
    sync
    mtlr    12
    blr
    .size   stdp_update, . - stdp_update

# Update rows of the synapse array, and reset their sensors. r3: the first row, r4: how many, r5: the rule.
    .globl  stdp_synapses
    .type   stdp_synapses, @function
stdp_synapses:
    cmpwi   4, 0
    beqlr
    mflr    12
    mtctr   4
    mr      6, 5
    bl      stdp_constants
    slwi    7, 3, 1                 # the even columns of the row; weights have base 0
    lis     8, stdp_causal@h
    lis     9, (stdp_causal | stdp_buffered)@h
    lis     10, (stdp_acausal | stdp_buffered)@h
1:  fxvinx  stdp_x, 8, 7            # converts
    fxvinx  stdp_y, 10, 7
    fxvinx  stdp_weight, 0, 7
    bl      stdp_step
    fxvoutx stdp_weight, 0, 7
    addi    11, 7, 1
    fxvinx  stdp_x, 9, 11
    fxvinx  stdp_y, 10, 11
    fxvinx  stdp_weight, 0, 11
    bl      stdp_step
    fxvoutx stdp_weight, 0, 11
    fxvoutx stdp_resetting, 8, 7
    fxvoutx stdp_resetting, 8, 11
    addi    7, 7, 2
    bdnz    1b
    sync
    mtlr    12
    blr
    .size   stdp_synapses, . - stdp_synapses

# Read the sensors of a row into memory. r3: to (four vectors: causal even, causal odd, acausal even, acausal odd),
# r4: the row.
    .globl  stdp_read
    .type   stdp_read, @function
stdp_read:
    slwi    7, 4, 1
    addi    11, 7, 1
    lis     8, stdp_causal@h
    lis     9, (stdp_causal | stdp_buffered)@h
    lis     10, (stdp_acausal | stdp_buffered)@h
    fxvinx  16, 8, 7                # converts
    fxvinx  17, 9, 11
    fxvinx  18, 10, 7
    fxvinx  19, 10, 11
    .irp    one, 16, 17, 18, 19
    fxvstax \one, 0, 3
    addi    3, 3, stdp_vector
    .endr
    sync
    blr
    .size   stdp_read, . - stdp_read

# Reset the sensors of rows. r3: the first row, r4: how many.
    .globl  stdp_reset
    .type   stdp_reset, @function
stdp_reset:
    slwi.   4, 4, 1
    beqlr
    mtctr   4
    li      5, stdp_reset_both
    fxvsplatb stdp_resetting, 5
    slwi    7, 3, 1
    lis     8, stdp_causal@h
1:  fxvoutx stdp_resetting, 8, 7
    addi    7, 7, 1
    bdnz    1b
    sync
    blr
    .size   stdp_reset, . - stdp_reset

# Fill the vector registers that stay as they are, for the rule at r6. Changes r11.
stdp_constants:
    lbz     11, 0(6)
    addi    11, 11, -128            # as a signed byte that is 128 less
    fxvsplatb stdp_causal_baseline, 11
    lbz     11, 1(6)
    addi    11, 11, -128
    fxvsplatb stdp_acausal_baseline, 11
    lbz     11, 2(6)
    fxvsplatb stdp_causal_rate, 11
    lbz     11, 3(6)
    fxvsplatb stdp_acausal_rate, 11
    li      11, stdp_reset_both
    fxvsplatb stdp_resetting, 11
    li      11, 128
    fxvsplatb stdp_sign, 11
    li      11, 64                  # the accumulator holds twice the product: 128 is a half
    fxvsplatb stdp_half, 11
    li      11, 0
    fxvsplatb stdp_zero, 11
    li      11, 63
    fxvsplatb stdp_maximum, 11
    blr

# One vector: the new weights from weights, causal readings (x) and acausal readings (y).
stdp_step:
    fxvaddbm stdp_x, stdp_x, stdp_sign
    fxvaddbm stdp_y, stdp_y, stdp_sign
    fxvsubbfs stdp_x, stdp_causal_baseline, stdp_x
    fxvsubbfs stdp_y, stdp_acausal_baseline, stdp_y
    fxvshb  stdp_weight, stdp_weight, 2     # only six bits are the weight's
    fxvshb  stdp_weight, stdp_weight, -2
    fxvaddtacb stdp_half, stdp_half         # without this a change would be cut off towards minus infinity
    fxvmatacbfs stdp_x, stdp_causal_rate
    fxvmabfs stdp_x, stdp_y, stdp_acausal_rate
    fxvaddbfs stdp_weight, stdp_weight, stdp_x
    fxvcmpb stdp_weight
    fxvsel  stdp_weight, stdp_weight, stdp_zero, stdp_less
    fxvsubbfs stdp_excess, stdp_weight, stdp_maximum
    fxvcmpb stdp_excess
    fxvsel  stdp_weight, stdp_weight, stdp_maximum, stdp_greater
    blr
