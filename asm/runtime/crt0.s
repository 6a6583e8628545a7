# Start-up: the table of vectors at address 0, a stack, cleared storage, constructors, `main`, and how a program ends.
#
# Where interrupts begin, and the names of their handlers: electronicvisions/nux, packages/pu_interrupt_pkg.sv, and
# electronicvisions/libnux, src/nux_runtime/crt.s. A handler that the program does not define ends it with code -1.
	.section .text.vectors, "ax"
	.globl	_start
_start:
	b	__init				# 0x00 reset
	b	isr_machine_check		# 0x04
	b	isr_critical_input		# 0x08
	b	isr_data_storage		# 0x0c
	b	isr_instruction_storage		# 0x10
	b	isr_einput			# 0x14 pins
	b	isr_alignment			# 0x18 a word or half word across the end of a word
	b	isr_program			# 0x1c trap
	b	isr_system_call			# 0x20
	b	isr_doorbell			# 0x24
	b	isr_critical_doorbell		# 0x28
	b	isr_fit				# 0x2c fixed interval timer
	b	isr_dec				# 0x30 decrementer

	.section .text.startup, "ax"
	.globl	__init
	.type	__init, @function
__init:
	lis	1, stack_ptr_init@ha
	addi	1, 1, stack_ptr_init@l
	li	0, 0
	stw	0, 0(1)				# the end of the chain of stack frames
	lis	3, __bss_start@ha
	addi	3, 3, __bss_start@l
	lis	4, __bss_end@ha
	addi	4, 4, __bss_end@l
clear:
	cmplw	3, 4
	bge	cleared
	stw	0, 0(3)
	addi	3, 3, 4
	b	clear
cleared:
	lis	3, __init_array_start@ha
	addi	3, 3, __init_array_start@l
	lis	4, __init_array_end@ha
	addi	4, 4, __init_array_end@l
	bl	call_all
	li	3, 0				# no arguments
	li	4, 0
	bl	main
	mr	31, 3
	lis	3, __fini_array_start@ha
	addi	3, 3, __fini_array_start@l
	lis	4, __fini_array_end@ha
	addi	4, 4, __fini_array_end@l
	bl	call_all
	mr	3, 31
	b	exit
	.size	__init, . - __init

# Call the functions whose addresses stand from r3 up to r4.
call_all:
	stwu	1, -16(1)
	mflr	0
	stw	0, 20(1)
	stw	30, 8(1)
	stw	29, 12(1)
	mr	30, 3
	mr	29, 4
1:	cmplw	30, 29
	bge	2f
	lwz	9, 0(30)
	addi	30, 30, 4
	mtctr	9
	bctrl
	b	1b
2:	lwz	29, 12(1)
	lwz	30, 8(1)
	lwz	0, 20(1)
	mtlr	0
	addi	1, 1, 16
	blr

# The end: the host finds the stack pointer and the code of `exit` at stack_ptr_init and 12 bytes behind it.
# Source: electronicvisions/libnux, src/nux_runtime/crt_shutdown.s.
	.globl	exit, _exit
	.type	exit, @function
	.irp	name, machine_check, critical_input, data_storage, instruction_storage, einput, alignment, program
	.weak	isr_\name
isr_\name:
	.endr
	.irp	name, system_call, doorbell, critical_doorbell, fit, dec
	.weak	isr_\name
isr_\name:
	.endr
	li	3, -1
exit:
_exit:
	lis	9, stack_ptr_init@ha
	addi	9, 9, stack_ptr_init@l
	stw	1, 0(9)
	stw	3, 12(9)
1:	wait
	b	1b
	.size	exit, . - exit
