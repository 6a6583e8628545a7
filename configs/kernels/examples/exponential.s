# A table of the exponential function: x and e^x as hexadecimal numbers with 16 bits behind the point.

    .text
    .globl  main
main:
    stwu    1, -16(1)
    mflr    0
    stw     0, 20(1)
    stw     31, 8(1)                # registers 14 to 31 belong to the caller
    stw     30, 12(1)

    lis     31, arguments@ha
    addi    31, 31, arguments@l
    li      30, 6
next:
    lwz     3, 0(31)
    bl      mailbox_hexadecimal
    li      3, ' '
    bl      mailbox_character
    lwz     3, 0(31)
    bl      exponential
    bl      mailbox_hexadecimal
    li      3, '\n'
    bl      mailbox_character
    addi    31, 31, 4
    addic.  30, 30, -1
    bne     next

    li      3, 0
    lwz     30, 12(1)
    lwz     31, 8(1)
    lwz     0, 20(1)
    mtlr    0
    addi    1, 1, 16
    blr

    .section .rodata
    .balign 4
arguments:
    .long   0, 1 << 16, -1 << 16, 5 << 15, 11 << 16, 12 << 16       # 0, 1, -1, 2.5, 11, 12

    .include "../library/exponential.s"
    .include "../library/mailbox.s"
