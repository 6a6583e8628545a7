    .ascii 5
    .globl 5
    .type x, @thing
    .set ., 5
    .section .mine, "q"
    .machine bogus
    .include defs
    .float many
    .section .other, "aw", @thing
