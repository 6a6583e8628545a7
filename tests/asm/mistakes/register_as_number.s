    addi r3, r4, r5
    cmpwi r3, r4
    lwz r3, r4(r5)
    li r3, v1
