# Homeostasis: weights drive each neuron towards its target rate by the sign of the difference
# =============================================================================================
#
# For every synapse of a column
#
#     w = limit(w + step * sign(target - rate))        to 0 ... 63
#
# Rates and targets are unsigned bytes, one for each column, in two vectors: even columns first, then the odd ones
# (`vector_split` sorts them so). The step is 0 ... 127. Changed are r3 to r12, CTR, v16 to v31 and the conditions.

    .set homeostasis_vector, 128
    .set homeostasis_greater, 1     # conditions of vector instructions
    .set homeostasis_less, 2

# The vector registers by name.
    .set homeostasis_weight, 16
    .set homeostasis_excess, 17
    .set homeostasis_even, 18       # what is added: step, 0 or -step
    .set homeostasis_odd, 19
    .set homeostasis_rate, 20
    .set homeostasis_sign, 28       # 128: makes signed bytes of unsigned ones, in the same order
    .set homeostasis_step, 29
    .set homeostasis_zero, 30
    .set homeostasis_maximum, 31

# Load a vector of weights; only six bits of each are the weight's.
    .macro  homeostasis_load from
    fxvlax  homeostasis_weight, 0, \from
    fxvshb  homeostasis_weight, homeostasis_weight, 2
    fxvshb  homeostasis_weight, homeostasis_weight, -2
    .endm

    .text
    .balign 4                       # whatever stands in front

# Update one row in memory. r3: weights, r4: rates, r5: targets (256 bytes each), r6: the step.
    .globl  homeostasis_update
    .type   homeostasis_update, @function
homeostasis_update:
    mflr    12
    sync
    bl      homeostasis_changes
    addi    4, 3, homeostasis_vector
    homeostasis_load 3
    fxvaddbfs homeostasis_weight, homeostasis_weight, homeostasis_even
    bl      homeostasis_limit
    fxvstax homeostasis_weight, 0, 3
    homeostasis_load 4
    fxvaddbfs homeostasis_weight, homeostasis_weight, homeostasis_odd
    bl      homeostasis_limit
    fxvstax homeostasis_weight, 0, 4
    sync
    mtlr    12
    blr
    .size   homeostasis_update, . - homeostasis_update

# Update rows of the synapse array. r3: the first row, r4: how many, r5: rates, r6: targets, r7: the step.
    .globl  homeostasis_synapses
    .type   homeostasis_synapses, @function
homeostasis_synapses:
    cmpwi   4, 0
    beqlr
    mflr    12
    mtctr   4
    slwi    3, 3, 1                 # the address of the even columns on the parallel bus; weights have base 0
    mr      4, 5
    mr      5, 6
    mr      6, 7
    sync
    bl      homeostasis_changes
1:  fxvinx  homeostasis_weight, 0, 3
    fxvaddbfs homeostasis_weight, homeostasis_weight, homeostasis_even
    bl      homeostasis_limit
    fxvoutx homeostasis_weight, 0, 3
    addi    3, 3, 1
    fxvinx  homeostasis_weight, 0, 3
    fxvaddbfs homeostasis_weight, homeostasis_weight, homeostasis_odd
    bl      homeostasis_limit
    fxvoutx homeostasis_weight, 0, 3
    addi    3, 3, 1
    bdnz    1b
    sync
    mtlr    12
    blr
    .size   homeostasis_synapses, . - homeostasis_synapses

# What is added in even and odd columns, from the rates at r4, the targets at r5 and the step in r6. Changes r4, r5, r11.
homeostasis_changes:
    li      11, 0
    fxvsplatb homeostasis_zero, 11
    li      11, 63
    fxvsplatb homeostasis_maximum, 11
    li      11, 128
    fxvsplatb homeostasis_sign, 11
    fxvsplatb homeostasis_step, 6
    .irp    change, homeostasis_even, homeostasis_odd
    fxvlax  homeostasis_rate, 0, 4
    fxvlax  \change, 0, 5
    addi    4, 4, homeostasis_vector
    addi    5, 5, homeostasis_vector
    fxvaddbm homeostasis_rate, homeostasis_rate, homeostasis_sign
    fxvaddbm \change, \change, homeostasis_sign
    fxvsubbfs \change, \change, homeostasis_rate
    fxvcmpb \change
    fxvsel  \change, homeostasis_zero, homeostasis_step, homeostasis_greater
    fxvsubbfs \change, homeostasis_zero, homeostasis_step, homeostasis_less
    .endr
    blr

# Limit the weights to 0 ... 63.
homeostasis_limit:
    fxvcmpb homeostasis_weight
    fxvsel  homeostasis_weight, homeostasis_weight, homeostasis_zero, homeostasis_less
    fxvsubbfs homeostasis_excess, homeostasis_weight, homeostasis_maximum
    fxvcmpb homeostasis_excess
    fxvsel  homeostasis_weight, homeostasis_weight, homeostasis_maximum, homeostasis_greater
    blr
