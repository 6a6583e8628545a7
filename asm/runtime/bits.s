# Counting bits, and turning bytes around, in r3 or r3:r4; the results of functions with `di` count all 64 bits.
	.macro	function name
	.section .text.\name, "ax"
	.globl	\name
	.type	\name, @function
\name:
	.endm

	function __clzsi2
	cntlzw	3, 3
	blr
	.size	__clzsi2, . - __clzsi2

	function __clzdi2
	cmpwi	3, 0
	cntlzw	3, 3
	bnelr
	cntlzw	3, 4
	addi	3, 3, 32
	blr
	.size	__clzdi2, . - __clzdi2

	function __ctzsi2
	neg	4, 3
	and	3, 3, 4
	cntlzw	3, 3
	subfic	3, 3, 31
	blr
	.size	__ctzsi2, . - __ctzsi2

	function __ctzdi2
	li	5, 31
	cmpwi	4, 0
	bne	1f
	mr	4, 3
	li	5, 63
1:	neg	3, 4
	and	3, 3, 4
	cntlzw	3, 3
	subf	3, 3, 5
	blr
	.size	__ctzdi2, . - __ctzdi2

# The number of the lowest bit that is set, from 1; 0 when there is none.
	function __ffssi2
	neg	4, 3
	and	3, 3, 4
	cntlzw	3, 3
	subfic	3, 3, 32
	blr
	.size	__ffssi2, . - __ffssi2

	function __ffsdi2
	li	5, 32
	cmpwi	4, 0
	bne	1f
	mr.	4, 3
	li	5, 64
	bne	1f
	li	5, 32
1:	neg	3, 4
	and	3, 3, 4
	cntlzw	3, 3
	subf	3, 3, 5
	blr
	.size	__ffsdi2, . - __ffsdi2

# popcntb counts in each byte, the product adds the bytes up in its first one.
	function __popcountsi2
	popcntb	3, 3
	lis	4, 0x0101
	ori	4, 4, 0x0101
	mullw	3, 3, 4
	srwi	3, 3, 24
	blr
	.size	__popcountsi2, . - __popcountsi2

	function __popcountdi2
	popcntb	3, 3
	popcntb	4, 4
	add	3, 3, 4
	lis	4, 0x0101
	ori	4, 4, 0x0101
	mullw	3, 3, 4
	srwi	3, 3, 24
	blr
	.size	__popcountdi2, . - __popcountdi2

	function __paritysi2
	popcntb	3, 3
	prtyw	3, 3
	blr
	.size	__paritysi2, . - __paritysi2

	function __paritydi2
	xor	3, 3, 4
	popcntb	3, 3
	prtyw	3, 3
	blr
	.size	__paritydi2, . - __paritydi2

	function __bswapsi2
	rotlwi	4, 3, 8
	rlwimi	4, 3, 24, 0, 7
	rlwimi	4, 3, 24, 16, 23
	mr	3, 4
	blr
	.size	__bswapsi2, . - __bswapsi2

	function __bswapdi2
	rotlwi	5, 4, 8
	rlwimi	5, 4, 24, 0, 7
	rlwimi	5, 4, 24, 16, 23
	rotlwi	4, 3, 8
	rlwimi	4, 3, 24, 0, 7
	rlwimi	4, 3, 24, 16, 23
	mr	3, 5
	blr
	.size	__bswapdi2, . - __bswapdi2
