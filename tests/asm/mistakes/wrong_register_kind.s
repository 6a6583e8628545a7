# The base address of a vector load is a general purpose register, its target a vector register.
    fxvlax r3, r0, r4
    fxvaddhm v1, v2, r3
    add r3, v4, r5
