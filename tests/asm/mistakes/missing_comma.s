    add r3 r4, r5
    li r3 5
    lwz r3, 4 (r5) r6
    fxvaddhm v1, v2 v3
