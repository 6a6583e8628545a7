# dialect: gas
foo:
foo: nop
foo: nop
