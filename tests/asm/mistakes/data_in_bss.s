    .bss
counter: .long 1
message: .asciz "ready"
