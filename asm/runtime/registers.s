# Saving and restoring registers n to 31 below the address in r11, for compilers that optimise for size.
# Source: PowerPC processor supplement of the System V ABI, "Register Saving and Restoring Functions".
	.section .text.save_registers, "ax"
	.irp	n, 14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	.globl	_savegpr_\n
	.type	_savegpr_\n, @function
_savegpr_\n:
	stw	\n, (\n - 32) * 4(11)
	.endr
	blr

	.section .text.restore_registers, "ax"
	.irp	n, 14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	.globl	_restgpr_\n
	.type	_restgpr_\n, @function
_restgpr_\n:
	lwz	\n, (\n - 32) * 4(11)
	.endr
	blr

# These also return from the function that the caller is: its stack frame ends at r11.
	.section .text.restore_registers_and_return, "ax"
	.irp	n, 14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	.globl	_restgpr_\n\()_x
	.type	_restgpr_\n\()_x, @function
_restgpr_\n\()_x:
	lwz	\n, (\n - 32) * 4(11)
	.endr
	.globl	_restgpr_31_x
	.type	_restgpr_31_x, @function
_restgpr_31_x:
	lwz	0, 4(11)
	lwz	31, -4(11)
	mtlr	0
	mr	1, 11
	blr
