# dialect: gas
    .purgem nothing
