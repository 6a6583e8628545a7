    bz loop
    beq cr8, loop
    bgt cr0.gt, loop
    bc 12, equal, loop
loop:
    crand eq, lt, zz
    fxvaddhm v1, v2, v3, gt
