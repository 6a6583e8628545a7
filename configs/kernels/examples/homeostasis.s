# Weights of the synapse array follow a target rate. The rates are made up: each is twice the weight of its column.
#
# One line per step: the rates of the even columns 0, 2 and 4, whose weights begin with 20, 30 and 63.

    .set row, 7
    .set even_columns, 2 * row      # on the parallel bus, where weights have base 0
    .set odd_columns, 2 * row + 1
    .set steps, 9
    .set separator0, ' '            # what is printed behind the rate of each column
    .set separator1, ' '
    .set separator2, '\n'

    .text
    .globl  main
main:
    stwu    1, -16(1)
    mflr    0
    stw     0, 20(1)
    stw     31, 8(1)

    lis     3, rates@ha             # for a moment the rates hold the first weights
    addi    3, 3, rates@l
    li      4, 20
    stb     4, 0(3)
    li      4, 30
    stb     4, 1(3)
    li      4, 63
    stb     4, 2(3)
    sync                            # the weights have arrived before they are loaded
    fxvlax  0, 0, 3
    li      4, even_columns
    fxvoutx 0, 0, 4
    li      4, odd_columns
    fxvoutx 0, 0, 4

    lis     3, targets@ha           # vector_fill(targets, 80, 2)
    addi    3, 3, targets@l
    li      4, 80
    li      5, 2
    bl      vector_fill

    li      31, steps
step:
    li      4, even_columns         # rates = weights + weights
    li      5, odd_columns
    lis     6, rates@ha
    addi    6, 6, rates@l
    addi    7, 6, 128
    fxvinx  0, 0, 4
    fxvinx  1, 0, 5
    fxvaddbm 0, 0, 0
    fxvaddbm 1, 1, 1
    fxvstax 0, 0, 6
    fxvstax 1, 0, 7
    bl      print_rates

    li      3, row                  # homeostasis_synapses(row, 1, rates, targets, 2)
    li      4, 1
    lis     5, rates@ha
    addi    5, 5, rates@l
    lis     6, targets@ha
    addi    6, 6, targets@l
    li      7, 2
    bl      homeostasis_synapses
    addic.  31, 31, -1
    bne     step

    li      3, 0
    lwz     31, 8(1)
    lwz     0, 20(1)
    mtlr    0
    addi    1, 1, 16
    blr

print_rates:
    stwu    1, -16(1)
    mflr    0
    stw     0, 20(1)
    sync                            # the rates have been stored before they are loaded one by one
    .irp    column, 0, 1, 2
    lis     3, rates@ha
    addi    3, 3, rates@l
    lbz     3, \column(3)
    bl      mailbox_decimal
    li      3, separator\column
    bl      mailbox_character
    .endr
    lwz     0, 20(1)
    mtlr    0
    addi    1, 1, 16
    blr

    .bss
    .balign 4
rates:
    .space  256
targets:
    .space  256

    .include "../library/homeostasis.s"
    .include "../library/vector.s"
    .include "../library/mailbox.s"
