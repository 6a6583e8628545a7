    add r3, r4@l, r5
    mr %r6@ha, %r1
    li r3, 70000@l
