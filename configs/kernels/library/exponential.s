# The exponential function of fixed-point numbers
# ================================================
#
# e^x = 2^k * 2^f with k + f = x * log2(e), k whole and 0 <= f < 1. A polynomial makes 2^f - 1; a shift applies 2^k.
# The error is at most half of the last bit and 1.77 * 2^-31 of the result; of exponential_decay at most 1.91 * 2^-31.
# Changed are r3 to r12 and CTR.

# log2(e) * 2^30 is the whole number here plus a fraction, given in 2^-32; without the fraction large results would lack
# five bits.
    .set exponential_log2e, 1549082005
    .set exponential_log2e_rest, -1374947234

    .text
    .balign 4                       # whatever stands in front

# r3: x with 16 bits behind the point, signed; r3: e^x with 16 bits behind the point, unsigned, 0xffffffff if too large.
    .globl  exponential
    .type   exponential, @function
exponential:
    li      10, 15                  # 2^31 * 2^-15 is one
    b       exponential_scaled
    .size   exponential, . - exponential

# r3: x with 16 bits behind the point, unsigned; r3: e^-x with 31 bits behind the point, 0x80000000 for x = 0.
    .globl  exponential_decay
    .type   exponential_decay, @function
exponential_decay:
    li      10, 0
    lis     4, 23                   # e^-23 is less than half of the last bit
    cmplw   3, 4
    neg     3, 3
    blt     exponential_scaled
    li      3, 0
    blr
    .size   exponential_decay, . - exponential_decay

# r3: x, r10: by how many bits one lies below bit 31; r3: e^x.
exponential_scaled:
    lis     4, exponential_log2e@h
    ori     4, 4, exponential_log2e@l
    lis     5, exponential_log2e_rest@h
    ori     5, 5, exponential_log2e_rest@l
    mulhw   6, 3, 4                 # x * log2(e) with 46 bits behind the point in r6 and r7
    mullw   7, 3, 4
    mulhw   8, 3, 5
    srawi   9, 8, 31
    addc    7, 7, 8
    adde    6, 6, 9
    srawi   9, 6, 14                # k
    slwi    6, 6, 18
    srwi    7, 7, 14
    or      6, 6, 7                 # f in 2^-32
    subf.   10, 9, 10               # how far the result is shifted to the right
    blt     too_large_for_exponential
    cmpwi   10, 32
    bgt     too_small_for_exponential

    lis     4, exponential_polynomial@ha
    addi    4, 4, exponential_polynomial@l
    li      5, 6
    mtctr   5
    lwz     3, 0(4)
1:  lwzu    5, 4(4)                 # the next coefficient plus f times what there is so far, from inside to outside
    mulhwu  3, 3, 6
    add     3, 3, 5
    bdnz    1b
    mulhwu  3, 3, 6                 # 2^f - 1 in 2^-32
    srwi    3, 3, 1
    oris    3, 3, 0x8000            # 2^f in 2^-31
    cmpwi   10, 0
    beqlr
    addi    4, 10, -1               # shift by one bit less and by one more: the processor shifts by 31 at most
    srw     3, 3, 4
    andi.   4, 3, 1                 # the bit that is cut off rounds
    srwi    3, 3, 1
    add     3, 3, 4
    blr
too_large_for_exponential:
    li      3, -1
    blr
too_small_for_exponential:
    li      3, 0
    blr

# (2^f - 1) / f in powers of f, highest first, in 2^-32: interpolated at the zeros of a Chebyshev polynomial, which misses
# 2^f by at most 2^-32.
    .section .rodata
    .balign 4
    .type   exponential_polynomial, @object
exponential_polynomial:
    .long   89043, 627479, 5750554, 41301092, 238389752, 1031764902, 2977044473
    .size   exponential_polynomial, . - exponential_polynomial
    .text
