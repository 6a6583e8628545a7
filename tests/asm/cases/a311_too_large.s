    .bss
    .space 0x20000000
