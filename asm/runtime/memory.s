# memcpy, memmove, memset and memcmp, which compilers call even in programs without a library. Words are used where both
# addresses are multiples of four: other accesses to words are interrupts.
	.macro	function name
	.section .text.\name, "ax"
	.globl	\name
	.type	\name, @function
\name:
	.endm

# r3: to, r4: from, r5: bytes. r3 is returned as it is.
	function memcpy
	mr	6, 3
copy_up:
	or	0, 6, 4
	andi.	0, 0, 3
	bne	2f
	srwi.	0, 5, 2
	beq	2f
	mtctr	0
1:	lwz	7, 0(4)
	addi	4, 4, 4
	stw	7, 0(6)
	addi	6, 6, 4
	bdnz	1b
	andi.	5, 5, 3
2:	cmpwi	5, 0
	beqlr
	mtctr	5
3:	lbz	7, 0(4)
	addi	4, 4, 1
	stb	7, 0(6)
	addi	6, 6, 1
	bdnz	3b
	blr
	.globl	memmove
	.type	memmove, @function
memmove:
	mr	6, 3
	subf	0, 4, 3
	cmplw	0, 5
	bge	copy_up				# what is copied is not overwritten before
	cmpwi	5, 0
	beqlr
	add	6, 6, 5
	add	4, 4, 5
	mtctr	5
4:	lbzu	7, -1(4)
	stbu	7, -1(6)
	bdnz	4b
	blr
	.size	memmove, . - memmove

# r3: address, r4: byte, r5: bytes.
	function memset
	mr	6, 3
	andi.	0, 3, 3
	bne	2f
	srwi.	0, 5, 2
	beq	2f
	rlwimi	4, 4, 8, 16, 23
	rlwimi	4, 4, 16, 0, 15
	mtctr	0
1:	stw	4, 0(6)
	addi	6, 6, 4
	bdnz	1b
	andi.	5, 5, 3
2:	cmpwi	5, 0
	beqlr
	mtctr	5
3:	stb	4, 0(6)
	addi	6, 6, 1
	bdnz	3b
	blr
	.size	memset, . - memset

# r3 and r4: addresses, r5: bytes; less than, equal to or greater than 0.
	function memcmp
	cmpwi	5, 0
	beq	2f
	mtctr	5
1:	lbz	6, 0(3)
	lbz	7, 0(4)
	addi	3, 3, 1
	addi	4, 4, 1
	cmpw	6, 7
	bne	3f
	bdnz	1b
2:	li	3, 0
	blr
3:	subf	3, 7, 6
	blr
	.size	memcmp, . - memcmp
