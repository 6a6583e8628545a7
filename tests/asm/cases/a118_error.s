    .if 16 < 20
    .error "buffer is too small"
    .endif
    .err
