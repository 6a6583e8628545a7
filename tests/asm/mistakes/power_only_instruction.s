    lwarx r3, 0, r4
    isync
    fadd f1, f2, f3
    vaddubm v1, v2, v3
    ld r3, 0(r4)
    sc
