    jnz loop
    lw r3, 0(r4)
    halt
    rts
loop:
    .db 1
    .public loop
    .define limit 5
