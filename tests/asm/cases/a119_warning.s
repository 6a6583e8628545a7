    .warning "not tried on the chip"
