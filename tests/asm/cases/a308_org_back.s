    .space 16
    .org 8
