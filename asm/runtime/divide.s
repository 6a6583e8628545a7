# Division of 64-bit numbers: dividend in r3:r4, divisor in r5:r6. Names and conventions are those of libgcc, which
# compilers call. Division by zero gives a quotient of ones.

# Quotient to r3:r4, remainder to r5:r6, unsigned; r0 and r7 to r11 are changed.
# The upper word of the quotient is 0, or comes from the divider when the divisor has one word. Then 32 steps remain:
# the lower word moves into the remainder bit by bit from the left, the quotient into its place from the right.
	.section .text.divide64, "ax"
	.globl	__udivdi3
	.type	__udivdi3, @function
__udivdi3:
	mr	7, 5
	mr	8, 6
	li	5, 0
	cmpwi	7, 0
	bne	long_divisor
	cmpwi	8, 0
	beq	zero_divisor
	cmpwi	3, 0
	beq	short_dividend
	divwu	9, 3, 8
	mullw	10, 9, 8
	subf	6, 10, 3
	mr	3, 4
	mr	4, 9
	b	steps
long_divisor:
	mr	6, 3
	mr	3, 4
	li	4, 0
steps:
	li	0, 32
	mtctr	0
1:	addc	4, 4, 4
	adde	3, 3, 3
	adde	6, 6, 6
	adde	5, 5, 5
	li	11, 0
	addze	11, 11				# the remainder may need one more bit
	subfc	9, 8, 6
	subfe	10, 7, 5
	addme.	11, 11
	blt	2f
	mr	6, 9
	mr	5, 10
	addi	4, 4, 1
2:	bdnz	1b
	blr
short_dividend:
	divwu	9, 4, 8
	mullw	10, 9, 8
	subf	6, 10, 4
	mr	4, 9
	blr
zero_divisor:
	mr	5, 3
	mr	6, 4
	li	3, -1
	li	4, -1
	blr
	.size	__udivdi3, . - __udivdi3

	.globl	__umoddi3
	.type	__umoddi3, @function
__umoddi3:
	mflr	12
	bl	__udivdi3
	mtlr	12
	mr	3, 5
	mr	4, 6
	blr
	.size	__umoddi3, . - __umoddi3

# As __udivdi3; the remainder goes to where r7 points.
	.globl	__udivmoddi4
	.type	__udivmoddi4, @function
__udivmoddi4:
	stwu	1, -16(1)
	stw	7, 8(1)
	mflr	12
	bl	__udivdi3
	mtlr	12
	lwz	7, 8(1)
	addi	1, 1, 16
	cmpwi	7, 0
	beqlr
	stw	5, 0(7)
	stw	6, 4(7)
	blr
	.size	__udivmoddi4, . - __udivmoddi4

# Make both operands positive; the signs of quotient and remainder are bits 31 of the words at 8(1) and 12(1).
prepare:
	xor	0, 3, 5
	stw	0, 8(1)
	stw	3, 12(1)
	cmpwi	3, 0
	bge	1f
	subfic	4, 4, 0
	subfze	3, 3
1:	cmpwi	5, 0
	bgelr
	subfic	6, 6, 0
	subfze	5, 5
	blr

	.globl	__divdi3
	.type	__divdi3, @function
__divdi3:
	stwu	1, -16(1)
	mflr	12
	bl	prepare
	bl	__udivdi3
	lwz	0, 8(1)
	b	finish
	.size	__divdi3, . - __divdi3

	.globl	__moddi3
	.type	__moddi3, @function
__moddi3:
	stwu	1, -16(1)
	mflr	12
	bl	prepare
	bl	__udivdi3
	mr	3, 5
	mr	4, 6
	lwz	0, 12(1)
finish:
	mtlr	12
	addi	1, 1, 16
	cmpwi	0, 0
	bgelr
	subfic	4, 4, 0
	subfze	3, 3
	blr
	.size	__moddi3, . - __moddi3
