# As a base, r0 is the number 0 and not the register.
    lwz r3, 4(r0)
    addi r3, r0, 8
    stwu r1, -16(r0)
    lbzx r3, r0, r4
