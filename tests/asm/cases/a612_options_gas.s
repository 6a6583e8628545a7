# dialect: gas
    bcctr 16, 0
    bc 1, 0, .+8
    bc 21, 0, .+8
    mtocrf 0x81, 3
    mfocrf 3, 0
