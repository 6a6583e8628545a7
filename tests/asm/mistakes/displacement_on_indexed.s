    lwzx r3, 8(r4)
    stwx r3, r4(8)
    fxvlax v1, 0(r3)
    fxvstax v1, r3
