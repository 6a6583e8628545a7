    lwzz r3, 0(r4)
    fxvadhm v1, v2, v3
    mfcrt r4
    bneq loop
loop:
    jmp loop
    mov r3, r4
    push r3
