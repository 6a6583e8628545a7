    .set x
    .org
    .comm buffer
    .rept
    .endr
    .section
