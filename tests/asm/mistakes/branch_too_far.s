start:
    cmpwi r3, 0
    .space 0x8000
    bne start
    b 0x2000000
