# Two vectors are added, saturating, and the sum is printed: the first steps with the library.

    .text
    .globl  main
main:
    stwu    1, -16(1)               # a frame of the stack, and in it
    mflr    0                       # the way back: every `bl` below overwrites the link register
    stw     0, 20(1)

    lis     3, left@ha              # vector_fill(left, 100, 1)
    addi    3, 3, left@l
    li      4, 100
    li      5, 1
    bl      vector_fill

    lis     3, sum@ha               # vector_copy(sum, ramp, 1)
    addi    3, 3, sum@l
    lis     4, ramp@ha
    addi    4, 4, ramp@l
    li      5, 1
    bl      vector_copy

    lis     3, sum@ha               # vector_add_8(sum, sum, left, 1)
    addi    3, 3, sum@l
    mr      4, 3
    lis     5, left@ha
    addi    5, 5, left@l
    li      6, 1
    bl      vector_add_8

    lis     3, sum@ha
    addi    3, 3, sum@l
    bl      mailbox_vector

    lis     3, text@ha
    addi    3, 3, text@l
    bl      mailbox_text
    lis     3, sum@ha               # vector_sum_8(sum, 1)
    addi    3, 3, sum@l
    li      4, 1
    bl      vector_sum_8
    bl      mailbox_decimal

    li      3, 0                    # main returns 0
    lwz     0, 20(1)
    mtlr    0
    addi    1, 1, 16
    blr

    .data
    .balign 4                       # vectors begin at a multiple of four
    .globl  ramp
ramp:                               # -64, -63, ... 63
    .set    element, -64
    .rept   128
    .byte   element
    .set    element, element + 1
    .endr
text:
    .asciz  "sum of the elements: "

    .bss
    .balign 4
left:
    .space  128
    .globl  sum
    .type   sum, @object
    .size   sum, 128
sum:
    .space  128

    .include "../library/vector.s"
    .include "../library/mailbox.s"
