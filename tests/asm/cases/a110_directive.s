    .lomg 5
    .frobnicate
