# Further 64-bit arithmetic that compilers call by libgcc's names: operands in r3:r4 and r5:r6.
	.macro	function name
	.section .text.\name, "ax"
	.globl	\name
	.type	\name, @function
\name:
	.endm

	function __muldi3
	mullw	3, 3, 6
	mullw	5, 4, 5
	mulhwu	7, 4, 6
	add	3, 3, 5
	add	3, 3, 7
	mullw	4, 4, 6
	blr
	.size	__muldi3, . - __muldi3

	function __negdi2
	subfic	4, 4, 0
	subfze	3, 3
	blr
	.size	__negdi2, . - __negdi2

# 0, 1 or 2 for less, equal and greater; signed, and below unsigned.
	function __cmpdi2
	cmpw	3, 5
	bne	1f
	cmplw	4, 6
1:	li	3, 0
	bltlr
	li	3, 1
	beqlr
	li	3, 2
	blr
	.size	__cmpdi2, . - __cmpdi2

	function __ucmpdi2
	cmplw	3, 5
	bne	1f
	cmplw	4, 6
1:	li	3, 0
	bltlr
	li	3, 1
	beqlr
	li	3, 2
	blr
	.size	__ucmpdi2, . - __ucmpdi2
