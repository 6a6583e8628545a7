/* hicannx.h: what a stock compiler does not know of the plasticity processors of HICANN-X.
 *
 * Made by `hicannx doc header` ($version) from the tables of the instruction set. Do not edit it.
 *
 * For powerpc-linux-gnu-gcc and g++, C99 or C++11 and later, with the flags that `hicannx doc gcc-flags` prints.
 *
 * The vector unit. Each vector instruction is a macro with the name and the operands of its mnemonic:
 *
 *     fxvlax(1, 0, input);            load 128 bytes at `input` into vector register 1
 *     fxvaddhm(3, 1, 2);              v3 = v1 + v2, in 64 halfwords
 *     fxvaddhm(3, 1, 2, HICANNX_COND_GT);     the same, where the last comparison found "> 0"
 *
 * The compiler has no variables for vector registers, so their numbers, conditions, sizes and shifts are constants that
 * you choose; it never uses vector registers itself. They are macros because a constant that is handed to an inline
 * function is a constant only when the function is inlined, so not without optimisation; a macro refuses a number that is
 * out of range at every level. General operands are expressions of integer or pointer type. Operands in brackets may
 * be left out. The assembler behind gcc does not know the mnemonics: each macro is a .long with the operands in
 * their places and the mnemonic as a comment, which `gcc -S` shows. Do not give gcc -mregnames.
 *
 * Order. All of these are volatile: the compiler keeps their order, and moves no access to memory across those that
 * access memory. The processor does not wait: vector loads and stores, the parallel bus, and the loads and stores
 * of C go different ways. Call hicannx_sync() between a vector store and a load in C of the same bytes, between a store in
 * C and a vector load, and between vectors in memory and on the parallel bus.
 */
#ifndef HICANNX_H
#define HICANNX_H

#include <stdint.h>

#ifdef __cplusplus
#define HICANNX_STATIC_ASSERT static_assert
extern "C" {
#else
#define HICANNX_STATIC_ASSERT __extension__ _Static_assert
#endif

/* Stops the compilation unless an operand is a constant that fits its field. */
#define HICANNX_IN_RANGE(text, value, low, high) \
    HICANNX_STATIC_ASSERT((int) (value) >= (low) && (int) (value) <= (high), text)

/* Stops the compilation when more follows than the defaults of operands that were left out. */
#define HICANNX_NO_MORE(text, defaults, ...) HICANNX_STATIC_ASSERT(sizeof(#__VA_ARGS__) <= sizeof(defaults), text)

/* ---- Constants ---------------------------------------------------------------------------------------------------- */

$constants

/* A vector in memory. Vector loads and stores ignore the lowest two bits of an address. */
typedef union {
    int8_t bytes[HICANNX_VECTOR_BYTES];
    uint8_t unsigned_bytes[HICANNX_VECTOR_BYTES];
    int16_t halves[HICANNX_VECTOR_BYTES / 2];
    uint16_t unsigned_halves[HICANNX_VECTOR_BYTES / 2];
    uint32_t words[HICANNX_VECTOR_BYTES / 4];
} hicannx_vector;

/* ---- Synchronisation, sleep, machine state -------------------------------------------------------------------------- */

$functions

/* ---- Special registers ---------------------------------------------------------------------------------------------- */

$special_registers

/* The 64-bit time base, which counts clock cycles. */
static inline uint64_t hicannx_time(void)
{
    uint32_t upper, lower;
    do {
        upper = hicannx_read_tbu();
        lower = hicannx_read_tbl();
    } while (upper != hicannx_read_tbu());
    return (uint64_t) upper << 32 | lower;
}

/* ---- Vector unit ---------------------------------------------------------------------------------------------------- */

$vector_unit

#ifdef __cplusplus
}
#endif

#endif
