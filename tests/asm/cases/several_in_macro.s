    .macro load32 register, value
    lis \register, (\value)@h
    ori \register, \register, \value
    .endm

    load32 3, 0x12345678
    load32 99, 5
