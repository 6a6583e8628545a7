    .data
    .space 0x4001
