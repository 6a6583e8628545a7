    addi r3, r3, 40000
    li 3, 100000
    ori 3, 3, 0x12345
    lwz 3, 70000(r4)
    cmpwi 3, 0x8000
    slwi 3, 4, 32
    subi 3, 4, 100000
    li 3, 0x1234567890
    rlwinm 3, 4, 0, 0b101
    fxvshh 1, 2, 16
