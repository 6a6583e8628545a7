# What the subroutines cost: the clock cycles of each from its call to its return, a line per row of the table.

    .set time_base, 284

    .text
    .globl  main
main:
    stwu    1, -16(1)
    mflr    0
    stw     0, 20(1)
    stw     31, 8(1)
    stw     30, 12(1)

    lis     31, table@ha
    addi    31, 31, table@l
measure:
    lwz     12, 0(31)
    cmpwi   12, 0
    beq     measured
    mtctr   12
    lwz     3, 4(31)
    lwz     4, 8(31)
    lwz     5, 12(31)
    lwz     6, 16(31)
    lwz     7, 20(31)
    sync                            # everything before has been done
    mfspr   30, time_base
    bctrl
    mfspr   4, time_base
    subf    30, 30, 4
    lwz     3, 24(31)
    bl      mailbox_text
    mr      3, 30
    bl      mailbox_decimal
    li      3, '\n'
    bl      mailbox_character
    addi    31, 31, 28
    b       measure
measured:
    li      3, 0
    lwz     30, 12(1)
    lwz     31, 8(1)
    lwz     0, 20(1)
    mtlr    0
    addi    1, 1, 16
nothing:
    blr

    .data
    .balign 4
    .macro  cost text, function, r3=0, r4=0, r5=0, r6=0, r7=0
    .long   \function, \r3, \r4, \r5, \r6, \r7, 1f
    .pushsection .rodata
1:  .asciz  "\text: "
    .popsection
    .endm
table:
    cost    "a call and its return", nothing
    cost    "vector_copy, 1 vector", vector_copy, space, space, 1
    cost    "vector_copy, 8 vectors", vector_copy, space, space, 8
    cost    "vector_fill, 8 vectors", vector_fill, space, 1, 8
    cost    "vector_add_8, 8 vectors", vector_add_8, space, space, space, 8
    cost    "vector_multiply_16, 8 vectors", vector_multiply_16, space, space, space, 8
    cost    "vector_sum_8, 8 vectors", vector_sum_8, space, 8
    cost    "vector_widen", vector_widen, space, space
    cost    "vector_narrow", vector_narrow, space, space
    cost    "vector_split", vector_split, space, space + 256
    cost    "stdp_update", stdp_update, space, space + 256, space + 512, rule
    cost    "homeostasis_update", homeostasis_update, space, space + 256, space + 512, 1
    cost    "homeostasis_synapses, 1 row", homeostasis_synapses, 0, 1, space, space + 256, 1
    cost    "homeostasis_synapses, 256 rows", homeostasis_synapses, 0, 256, space, space + 256, 1
    cost    "random_next", random_next, space
    cost    "random_below", random_below, space, 6
    cost    "random_fill, 64 words", random_fill, space, space, 64
    cost    "exponential", exponential, 3 << 16
    cost    "exponential_decay", exponential_decay, 3 << 16
    .long   0
rule:
    .byte   128, 128, 10, -10

    .bss
    .balign 4
space:
    .space  8 * 128

    .include "../library/vector.s"
    .include "../library/stdp.s"
    .include "../library/homeostasis.s"
    .include "../library/random.s"
    .include "../library/exponential.s"
    .include "../library/mailbox.s"
