loop:
    bdnz loop
loop:
    bdnz loop
