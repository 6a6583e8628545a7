# A picture drawn by the plasticity processor
# ===========================================
#
# The picture has 64 columns of 64 pixels. Every millisecond this kernel writes one column of it as weights into the
# synapse array: pixel i becomes the weight of the synapse in column i, which drives neuron i. Each neuron hears a spike
# train of its own and answers as its weight says, so after 64 ms the raster of the 64 neurons is the picture.
#
# How to read this file. `#` starts a comment, a name followed by `:` is a label. Registers are bare numbers: the 3 in
# `li 3, 5` is the general purpose register r3, the 0 in `fxvcmpb 0` the vector register v0; which of the two a number
# means is fixed by the instruction. The processor starts at address 0 with its general purpose registers at zero.
#
#   r3  address of the next column's 64 bytes      r8   one millisecond in clock cycles
#   r4  address of their second half               r9   scratch: what the clock says
#   r5  bus address of the even synapse columns    v0   mask: the 32 elements in use
#   r6  bus address of the odd synapse columns     v1   weights of the even columns
#   r7  time at which the next column is due       v2   weights of the odd columns

# --- What the machine is like -----------------------------------------------------------------------------------------

    .set time_base, 284             # special purpose register that counts clock cycles (the lower 32 bits of 64)
    .set cycles_per_ms, 250000      # at 250 MHz

# The parallel bus moves 128 bytes at a time between a vector register and one row of the synapse array. Its addresses
# are not those of the memory: base + 2 * row + parity; the file of addresses has the bases. A row has 256 synapses, and
# byte n of the vector belongs to synapse column 2 * n + parity: even and odd columns are written by two stores.
    .include "library/addresses.s"
    .set synapse_row, 0
    .set even_columns, pbus_weights + 2 * synapse_row + 0
    .set odd_columns, pbus_weights + 2 * synapse_row + 1

    .set if_greater, 1              # condition of a vector instruction: act where the last comparison found "> 0"

    .set picture_columns, 64
    .set column_bytes, 64           # first the 32 weights for even synapse columns, then the 32 for odd ones
    .set half_column, 32

# --- The program ------------------------------------------------------------------------------------------------------

    .text
    .globl _start
_start:
    lis     3, picture@ha           # an instruction has room for 16 bits of an address: the upper half here,
    addi    3, 3, picture@l         # the lower half there
    li      5, even_columns
    li      6, odd_columns
    lis     8, cycles_per_ms@ha
    addi    8, 8, cycles_per_ms@l
    li      9, picture_columns
    mtctr   9                       # the count register counts the columns down

# A vector has 128 elements and the picture needs 32 of them. The comparison sets a condition for every element; both
# stores below obey it, so that the weights of the other synapses stay as they are.
    lis     9, mask@ha
    addi    9, 9, mask@l
    fxvlax  0, 0, 9                 # load v0 from 0 + r9: in the middle place a 0 is the number zero, not r0
    fxvcmpb 0                       # compare its bytes with zero

    mfspr   7, time_base            # the first column is due now

draw_column:
    addi    4, 3, half_column
    fxvlax  1, 0, 3                 # loads 128 bytes; the mask lets only the first 32 pass, the rest is of no account
    fxvlax  2, 0, 4
    sync                            # let the loads finish before the clock is read, so that the stores are on time
    bl      wait_until_due
    fxvoutx 1, 0, 5, if_greater     # write v1 to bus address 0 + r5
    fxvoutx 2, 0, 6, if_greater     # a few cycles later the column is complete
    addi    3, 3, column_bytes
    bdnz    draw_column             # one down; continue unless the count register reached zero

    bl      wait_until_due          # the last column lives for a millisecond, too
    sync                            # everything has been written
asleep:
    wait                            # sleep; the host sees it in the status register and knows that we are done
    b       asleep

# Return when the clock reaches the time in r7, and advance r7 by a millisecond. Comparing the difference with zero
# works across an overflow of the clock. Advancing by a fixed step lets no error add up.
wait_until_due:
    mfspr   9, time_base
    sub.    9, 9, 7                 # now - due; the dot sets the condition bits
    blt     wait_until_due          # negative: too early
    add     7, 7, 8
    blr

# --- The data ---------------------------------------------------------------------------------------------------------

    .data
    .balign 4                       # vector loads begin at words
    .globl  picture
    .type   picture, @object
    .size   picture, picture_columns * column_bytes
picture:                            # filled from outside before the processor starts
    .space  picture_columns * column_bytes

# The load of the last half column runs over the end of the picture: what follows there has to be memory, too.
    .globl  mask
mask:
    .space  half_column, 1          # 32 ones,
    .space  128 - half_column, 0    # 96 zeros
