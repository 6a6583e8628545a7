# Shifts of the 64-bit number in r3:r4 by r5 (0 to 63). The processor takes shift counts modulo 32, so that a count of
# 32 has to be avoided.
	.macro	function name
	.section .text.\name, "ax"
	.globl	\name
	.type	\name, @function
\name:
	.endm

	function __ashldi3
	andi.	0, 5, 32
	bne	1f
	andi.	5, 5, 31
	beqlr
	subfic	6, 5, 32
	slw	3, 3, 5
	srw	7, 4, 6
	or	3, 3, 7
	slw	4, 4, 5
	blr
1:	addi	5, 5, -32
	slw	3, 4, 5
	li	4, 0
	blr
	.size	__ashldi3, . - __ashldi3

	function __lshrdi3
	andi.	0, 5, 32
	bne	1f
	andi.	5, 5, 31
	beqlr
	subfic	6, 5, 32
	srw	4, 4, 5
	slw	7, 3, 6
	or	4, 4, 7
	srw	3, 3, 5
	blr
1:	addi	5, 5, -32
	srw	4, 3, 5
	li	3, 0
	blr
	.size	__lshrdi3, . - __lshrdi3

	function __ashrdi3
	andi.	0, 5, 32
	bne	1f
	andi.	5, 5, 31
	beqlr
	subfic	6, 5, 32
	srw	4, 4, 5
	slw	7, 3, 6
	or	4, 4, 7
	sraw	3, 3, 5
	blr
1:	addi	5, 5, -32
	sraw	4, 3, 5
	srawi	3, 3, 31
	blr
	.size	__ashrdi3, . - __ashrdi3
