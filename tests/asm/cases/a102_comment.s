    nop
    /* begins, and does not end
    nop
