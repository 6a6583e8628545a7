    .section .mine, "aw"
    .section .mine, "ax"
