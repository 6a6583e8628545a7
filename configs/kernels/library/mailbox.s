# Messages to the host: text, numbers and vectors, written into the mailbox
# ==========================================================================
#
# The mailbox is plain memory at the end of the processor's own, by convention from 0x3000 on; the symbols mailbox_base and
# mailbox_end are those of the linker script. The host prints it up to the first zero. What does not fit is dropped.
# Changed are r3 to r12 and CTR.

    .text
    .balign 4                       # whatever stands in front

# Append a character. r3: the character. Changes only r4 to r7.
    .globl  mailbox_character
    .type   mailbox_character, @function
mailbox_character:
    lis     4, mailbox_cursor@ha
    lwz     5, mailbox_cursor@l(4)
    lis     6, mailbox_end@ha
    addi    6, 6, mailbox_end@l
    addi    7, 5, 1
    cmplw   7, 6                    # the last byte is for the zero behind the text
    bgelr
    li      6, 0
    stb     3, 0(5)
    stb     6, 1(5)
    stw     7, mailbox_cursor@l(4)
    blr
    .size   mailbox_character, . - mailbox_character

# Append a text. r3: its address; it ends with a zero.
    .globl  mailbox_text
    .type   mailbox_text, @function
mailbox_text:
    mflr    12
    mr      8, 3
1:  lbz     3, 0(8)
    cmpwi   3, 0
    beq     2f
    bl      mailbox_character
    addi    8, 8, 1
    b       1b
2:  mtlr    12
    blr
    .size   mailbox_text, . - mailbox_text

# Append a number with eight hexadecimal digits. r3: the number.
    .globl  mailbox_hexadecimal
    .type   mailbox_hexadecimal, @function
mailbox_hexadecimal:
    li      9, 8
# Append the upper digits of a word. r3: the word, r9: how many digits. Changes r3 to r8, r10 and CTR, not r9 and r11.
mailbox_digits:
    mflr    10
    mtctr   9
    mr      8, 3
1:  rotlwi  8, 8, 4
    clrlwi  3, 8, 28
    cmpwi   3, 10
    addi    3, 3, '0'
    blt     2f
    addi    3, 3, 'a' - '0' - 10
2:  bl      mailbox_character
    bdnz    1b
    mtlr    10
    blr
    .size   mailbox_hexadecimal, . - mailbox_hexadecimal

# Append a signed number in decimal. r3: the number.
    .globl  mailbox_decimal
    .type   mailbox_decimal, @function
mailbox_decimal:
    mflr    12
    stwu    1, -32(1)
    mr.     8, 3
    bge     1f
    li      3, '-'
    bl      mailbox_character
    neg     8, 8                    # the most negative number stays as it is, and is right without its sign
1:  addi    9, 1, 31                # digits are stored from the last to the first, a zero behind them
    li      10, 0
    stb     10, 0(9)
    li      10, 10
2:  divwu   11, 8, 10
    mullw   3, 11, 10
    subf    3, 3, 8
    addi    3, 3, '0'
    stbu    3, -1(9)
    mr.     8, 11
    bne     2b
    mr      3, 9
    mr      9, 12
    bl      mailbox_text
    addi    1, 1, 32
    mtlr    9
    blr
    .size   mailbox_decimal, . - mailbox_decimal

# Append a vector in memory as eight lines of sixteen bytes, a slice each. r3: its address, a multiple of four.
    .globl  mailbox_vector
    .type   mailbox_vector, @function
mailbox_vector:
    mflr    12
    stwu    1, -16(1)
    stw     31, 12(1)
    stw     30, 8(1)
    sync                            # what was stored as a vector has arrived
    mr      11, 3
    li      31, 8
1:  li      30, 4
    li      9, 8                    # digits a word
2:  lwz     3, 0(11)
    addi    11, 11, 4
    bl      mailbox_digits
    addic.  30, 30, -1
    bne     2b
    li      3, '\n'
    bl      mailbox_character
    addic.  31, 31, -1
    bne     1b
    lwz     30, 8(1)
    lwz     31, 12(1)
    addi    1, 1, 16
    mtlr    12
    blr
    .size   mailbox_vector, . - mailbox_vector

    .data
    .balign 4
    .type   mailbox_cursor, @object
mailbox_cursor:
    .long   mailbox_base            # where the next character goes
    .size   mailbox_cursor, . - mailbox_cursor
    .text
