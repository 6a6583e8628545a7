# dialect: gas
    .space -1
    .fill 2, 9, 1
    .fill -1
start: .space start - end
end:
