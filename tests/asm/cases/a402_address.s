    .globl far
    beq far
    .space 0x9000
far:
    nop
