# An address has 32 bits, an immediate 16: it goes in halves.
    li r3, table
    lwz r4, table(r0)
    addi r5, r5, table@ha
    .data
table:
    .long 1
