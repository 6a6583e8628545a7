# dialect: gas
    .align 40
