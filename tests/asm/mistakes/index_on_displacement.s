    lwz r3, r4, r5
    stw r3, r4(r5)
    lbz r3, 4
    addi r3, 4(r5)
