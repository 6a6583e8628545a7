# dialect: gas
    .section .x, "aw", @foo
    .section .y, "aM", @progbits
    .section .z, "aG", @progbits
