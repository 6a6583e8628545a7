start:
    .space 0x8000
    beq start
