# A row of weights in memory learns from readings that are in memory, too.
#
# All weights begin with 32. From the first to the last column causal readings fall, acausal ones rise: correlation lowers
# what a sensor shows.

    .text
    .globl  main
main:
    stwu    1, -16(1)
    mflr    0
    stw     0, 20(1)

    lis     3, weights@ha           # vector_fill(weights, 32, 2)
    addi    3, 3, weights@l
    li      4, 32
    li      5, 2
    bl      vector_fill

    lis     3, weights@ha           # stdp_update(weights, causal, acausal, rule)
    addi    3, 3, weights@l
    lis     4, causal@ha
    addi    4, 4, causal@l
    lis     5, acausal@ha
    addi    5, 5, acausal@l
    lis     6, rule@ha
    addi    6, 6, rule@l
    bl      stdp_update

    lis     3, weights@ha
    addi    3, 3, weights@l
    bl      mailbox_vector

    li      3, 0
    lwz     0, 20(1)
    mtlr    0
    addi    1, 1, 16
    blr

    .data
    .balign 4
rule:
    .byte   128, 128                # baselines: readings of 128 say that nothing has happened
    .byte   26, -26                 # rates in 1/128: potentiation by causal pairs, depression by acausal ones
causal:
    .rept   2                       # even columns, odd columns
    .set    reading, 255
    .rept   128
    .byte   reading
    .set    reading, reading - 2
    .endr
    .endr
acausal:
    .rept   2
    .set    reading, 1
    .rept   128
    .byte   reading
    .set    reading, reading + 2
    .endr
    .endr

    .bss
    .balign 4
    .globl  weights
    .type   weights, @object
    .size   weights, 256
weights:
    .space  256

    .include "../library/stdp.s"
    .include "../library/vector.s"
    .include "../library/mailbox.s"
