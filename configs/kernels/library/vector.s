# Vectors in memory: copied, filled, added, subtracted, multiplied, summed, widened, narrowed, and sorted by columns
# ====================================================================================================================
#
# A vector is 128 bytes at a multiple of four. Arguments come in r3 to r8, results go back in r3, as in C. Every
# subroutine begins with a `sync` (what scalar code has stored arrives before vectors are loaded) and ends with one (what
# was stored as vectors has arrived before scalar code loads it). Changed are r3 to r12, CTR, the vector registers v16 to
# v31, the accumulator and the conditions; v0 to v15 belong to the caller.

    .set vector_bytes, 128
    .set vector_greater, 1          # conditions of vector instructions: what the last comparison with zero found
    .set vector_less, 2

    .text
    .balign 4                       # whatever stands in front

# Copy vectors. r3: to, r4: from, r5: how many. They may overlap if `to` lies below `from`.
    .globl  vector_copy
    .type   vector_copy, @function
vector_copy:
    cmpwi   5, 0
    beqlr
    mtctr   5
    sync
1:  fxvlax  16, 0, 4                # the 0 in the middle is the number: the address is that in r4
    fxvstax 16, 0, 3
    addi    4, 4, vector_bytes
    addi    3, 3, vector_bytes
    bdnz    1b
    sync
    blr
    .size   vector_copy, . - vector_copy

# Fill vectors with a byte. r3: to, r4: the byte, r5: how many.
    .globl  vector_fill
    .type   vector_fill, @function
vector_fill:
    cmpwi   5, 0
    beqlr
    mtctr   5
    sync
    fxvsplatb 16, 4
1:  fxvstax 16, 0, 3
    addi    3, 3, vector_bytes
    bdnz    1b
    sync
    blr
    .size   vector_fill, . - vector_fill

# Arithmetic element by element. r3: to, r4: left operands, r5: right operands, r6: how many vectors.
#
# Elements are signed bytes (names with 8) or half words (16). Everything saturates. Products are those of fractions: a
# byte stands for itself / 128, a half word for itself / 32768, and the product is cut off towards minus infinity.
    .macro  vector_elementwise name, instruction
    .globl  \name
    .type   \name, @function
\name:
    cmpwi   6, 0
    beqlr
    mtctr   6
    sync
1:  fxvlax  16, 0, 4
    fxvlax  17, 0, 5
    addi    4, 4, vector_bytes
    addi    5, 5, vector_bytes
    \instruction 16, 16, 17
    fxvstax 16, 0, 3
    addi    3, 3, vector_bytes
    bdnz    1b
    sync
    blr
    .size   \name, . - \name
    .endm

    vector_elementwise vector_add_8, fxvaddbfs
    vector_elementwise vector_add_16, fxvaddhfs
    vector_elementwise vector_subtract_8, fxvsubbfs
    vector_elementwise vector_subtract_16, fxvsubhfs
    vector_elementwise vector_multiply_8, fxvmulbfs
    vector_elementwise vector_multiply_16, fxvmulhfs

# The sum of signed bytes. r3: from, r4: how many vectors, at most 128; r3: the sum.
#
# The accumulator keeps 16 bits for every byte, which 128 vectors do not overflow. As half words it shows the sums of
# even elements in its upper halves and those of odd ones in its lower halves.
    .globl  vector_sum_8
    .type   vector_sum_8, @function
vector_sum_8:
    mr.     5, 4
    mr      4, 3
    li      3, 0
    beqlr
    mtctr   5
    sync
    li      5, 0
    fxvsplatb 17, 5                 # no vector register holds a zero by itself
    fxvmtacb 17
1:  fxvlax  16, 0, 4
    addi    4, 4, vector_bytes
    fxvaddactacbm 16
    bdnz    1b
    fxvaddachfs 16, 17
    fxvaddachm 17, 17
    fxvaddhm 16, 16, 17
    stwu    1, -(vector_bytes + 16)(1)
    addi    4, 1, 8
    fxvstax 16, 0, 4
    li      5, vector_bytes / 4
    mtctr   5
    sync
2:  lha     5, 0(4)
    lha     6, 2(4)
    addi    4, 4, 4
    add     3, 3, 5
    add     3, 3, 6
    bdnz    2b
    addi    1, 1, vector_bytes + 16
    blr
    .size   vector_sum_8, . - vector_sum_8

# Widen signed bytes to half words. r3: to (two vectors), r4: from (one).
#
# Packing and unpacking work inside a slice of 16 bytes: of every 16 elements the first 8 go to the first vector, the
# others to the second. `vector_narrow` is the way back.
    .globl  vector_widen
    .type   vector_widen, @function
vector_widen:
    sync
    fxvlax  16, 0, 4
    li      5, 0
    fxvsplatb 17, 5
    li      5, -1
    fxvsplatb 18, 5
    fxvcmpb 16
    fxvsel  17, 17, 18, vector_less # the upper bytes: -1 for negative elements, else 0
    fxvupckbl 18, 17, 16
    fxvupckbr 19, 17, 16
    addi    4, 3, vector_bytes
    fxvstax 18, 0, 3
    fxvstax 19, 0, 4
    sync
    blr
    .size   vector_widen, . - vector_widen

# Narrow half words to signed bytes, saturating. r3: to (one vector), r4: from (two).
    .globl  vector_narrow
    .type   vector_narrow, @function
vector_narrow:
    sync
    addi    5, 4, vector_bytes
    fxvlax  16, 0, 4
    fxvlax  17, 0, 5
    li      5, 127
    fxvsplath 18, 5
    li      5, -128
    fxvsplath 19, 5
    .irp    half, 16, 17
    fxvsubhfs 20, \half, 18
    fxvcmph 20
    fxvsel  \half, \half, 18, vector_greater
    fxvsubhfs 20, \half, 19
    fxvcmph 20
    fxvsel  \half, \half, 19, vector_less
    .endr
    fxvpckbl 16, 16, 17
    fxvstax 16, 0, 3
    sync
    blr
    .size   vector_narrow, . - vector_narrow

# Sort 256 bytes in the order of columns into the two vectors of a synapse row: even columns, odd columns.
# r3: to, r4: from.
    .globl  vector_split
    .type   vector_split, @function
vector_split:
    li      5, vector_bytes
    mtctr   5
    sync
1:  lbz     5, 0(4)
    lbz     6, 1(4)
    addi    4, 4, 2
    stb     5, 0(3)
    stb     6, vector_bytes(3)
    addi    3, 3, 1
    bdnz    1b
    sync
    blr
    .size   vector_split, . - vector_split

# The way back. r3: to (256 bytes in the order of columns), r4: from (even columns, odd columns).
    .globl  vector_join
    .type   vector_join, @function
vector_join:
    li      5, vector_bytes
    mtctr   5
    sync
1:  lbz     5, 0(4)
    lbz     6, vector_bytes(4)
    addi    4, 4, 1
    stb     5, 0(3)
    stb     6, 1(3)
    addi    3, 3, 2
    bdnz    1b
    sync
    blr
    .size   vector_join, . - vector_join
