    .set a, b + 1
    .set b, a + 1
    .long a
