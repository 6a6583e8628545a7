# With `@h` and a signed `@l` the address is 65536 too small where bit 15 of it is set.
    lis r3, table@h
    lwz r4, table@l(r3)
    addi r5, r3, table@l
    .section .far, "aw"
table:
    .long 1
