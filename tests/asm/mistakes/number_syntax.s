    li r3, 0x12G
    li r4, 0b102
    li r5, 12h
    li r6, 1.5
    li r7, $5
    li r8, #5
