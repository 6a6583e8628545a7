# Random numbers: xorshift32 in scalar code, and the generators of the synapse array
# ===================================================================================
#
# The state of a generator is a word of the caller's. xorshift32 (G. Marsaglia, "Xorshift RNGs", Journal of Statistical
# Software 8 (14), 2003) makes the next state of it, which is the number, and goes through all words but zero. A state of
# zero begins with random_start. Changed are r3 to r12 and CTR; by the subroutines of rows v16 and v17, too.

    .set random_start, 0x9e3779b9
    .include "addresses.s"
    .set random_generators, pbus_random     # on the parallel bus: even columns; odd columns are one further
    .set random_vector, 128

    .text
    .balign 4                       # whatever stands in front

# The next number. r3: address of the state; r3: the number. Changes only r3, r4 and r5.
    .globl  random_next
    .type   random_next, @function
random_next:
    lwz     4, 0(3)
    cmpwi   4, 0
    bne     1f
    lis     4, random_start@h
    ori     4, 4, random_start@l
1:  slwi    5, 4, 13
    xor     4, 4, 5
    srwi    5, 4, 17
    xor     4, 4, 5
    slwi    5, 4, 5
    xor     4, 4, 5
    stw     4, 0(3)
    mr      3, 4
    blr
    .size   random_next, . - random_next

# A number below a limit: the upper word of limit * number. r3: address of the state, r4: the limit; r3: 0 ... limit - 1.
    .globl  random_below
    .type   random_below, @function
random_below:
    mflr    12
    mr      6, 4
    bl      random_next
    mulhwu  3, 3, 6
    mtlr    12
    blr
    .size   random_below, . - random_below

# Fill memory with numbers. r3: address of the state, r4: to, r5: how many words.
    .globl  random_fill
    .type   random_fill, @function
random_fill:
    cmpwi   5, 0
    beqlr
    mflr    12
    mtctr   5
    mr      6, 3
    mr      7, 4
1:  mr      3, 6
    bl      random_next
    stw     3, 0(7)
    addi    7, 7, 4
    bdnz    1b
    mtlr    12
    blr
    .size   random_fill, . - random_fill

# A random byte for every column, from the generators of the synapse array. r3: to (two vectors: even, odd columns).
    .globl  random_row
    .type   random_row, @function
random_row:
    lis     4, random_generators@h
    addi    5, 4, 1
    fxvinx  16, 0, 4
    fxvinx  17, 0, 5
    addi    4, 3, random_vector
    fxvstax 16, 0, 3
    fxvstax 17, 0, 4
    sync
    blr
    .size   random_row, . - random_row

# Seed those generators. r3: from (two vectors: even, odd columns).
    .globl  random_seed_row
    .type   random_seed_row, @function
random_seed_row:
    sync
    addi    6, 3, random_vector
    fxvlax  16, 0, 3
    fxvlax  17, 0, 6
    lis     4, random_generators@h
    addi    5, 4, 1
    fxvoutx 16, 0, 4
    fxvoutx 17, 0, 5
    sync
    blr
    .size   random_seed_row, . - random_seed_row
