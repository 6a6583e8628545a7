    .globel main
    .words 1
    .sectoin .data
    .algin 2
    .string8 "x"
    .db 1
main:
