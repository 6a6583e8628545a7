    .long start@ha
start:
