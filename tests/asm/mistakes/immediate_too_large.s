    li r3, 50000
    addi r4, r4, 0x12345
    andi. r5, r5, 0x10000
    lwz r6, 40000(r1)
