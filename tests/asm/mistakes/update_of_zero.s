    lwzu r3, 4(r3)
    stwu r3, 4(r0)
    lmw r29, 0(r30)
