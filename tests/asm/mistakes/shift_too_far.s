    slwi r3, r4, 32
    rlwinm r3, r4, 2, 0, 32
    srawi r3, r4, -1
    fxvshh v1, v2, 20
