start:
    nop
    .space 0x8000
    beq start
    b 0x4000000
