    .macro needs a:req, b
    .byte \a, \b
    .endm
    needs
    needs 1, 2, 3
    .macro needs
    .endm
    .purgem nothing
    .macro 5
    .endm
