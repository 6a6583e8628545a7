# What a branch goes to when its target is too far away; r12 may be overwritten by calls.
	lis	12, target@ha
	addi	12, 12, target@l
	mtctr	12
	bctr
