    .data
here: .long there - here
    .section .x, "a"
there:
