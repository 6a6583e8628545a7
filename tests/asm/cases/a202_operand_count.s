    addi 3, 4
    blr 3
    cmpw 1
    fxvaddhm 1, 2, 3, 1, 5
