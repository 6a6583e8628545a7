    .macro scale register, by=2, offset:req
    mulli \register, \register, \by
    .endm
    scale r3
    scale r3, 4, 5, 6
    scale r3, size=4, offset=1
    scale r3, offset=1
