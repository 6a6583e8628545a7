    add 3, 32, 1
    fxvlax 40, 0, 3
    add r3, r32, r1
    add r3, v1, r1
    li r3, %r4
    cmpwi cr8, r3, 5
    crset 40
