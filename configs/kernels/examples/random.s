# Twenty throws of a die.

    .text
    .globl  main
main:
    stwu    1, -16(1)
    mflr    0
    stw     0, 20(1)
    stw     31, 8(1)

    li      31, 20
throw:
    lis     3, state@ha
    addi    3, 3, state@l
    li      4, 6
    bl      random_below
    addi    3, 3, 1
    bl      mailbox_decimal
    addic.  31, 31, -1
    bne     throw

    li      3, 0
    lwz     31, 8(1)
    lwz     0, 20(1)
    mtlr    0
    addi    1, 1, 16
    blr

    .data
    .balign 4
state:
    .long   2463534242              # the seed

    .include "../library/random.s"
    .include "../library/mailbox.s"
