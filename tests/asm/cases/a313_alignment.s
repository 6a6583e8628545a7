    .balign 3
    .align 40
    .comm buffer, 8, 3
