# dialect: gas
    .set x, 1
x: nop
