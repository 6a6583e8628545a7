    .macro m a:req=4, b
    .byte \a
    .endm
    m a=1, a=2
