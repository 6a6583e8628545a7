/* Two vectors of 128 numbers are added, once plainly and once only where the first is greater than zero.
 *
 * This is C for a stock compiler: vector instructions are macros of hicannx.h, and the numbers in them are those of vector
 * registers. The sums saturate: 100 + 100 is 127.
 *
 *     hicannx doc header -o hicannx.h
 *     powerpc-linux-gnu-gcc $(hicannx doc gcc-flags) -O2 -c vector_add.c
 *     hicannx ld vector_add.o -o vector_add.elf
 *     hicannx ppu vector_add.elf --dump sums:128 --dump chosen:128
 */
#include "hicannx.h"

enum { a = 1, b, sum, choice }; /* vector registers: which is used for what is up to us */

hicannx_vector left, right, sums, chosen;
uint32_t cycles;

static void fill(void)
{
    for (int i = 0; i < HICANNX_VECTOR_BYTES; ++i) {
        left.bytes[i] = (int8_t) (2 * i - HICANNX_VECTOR_BYTES);
        right.bytes[i] = (int8_t) i;
    }
    hicannx_sync(); /* stores of C and loads of vectors go different ways */
}

int main(void)
{
    fill();
    uint64_t start = hicannx_time();
    fxvlax(a, 0, &left);
    fxvlax(b, 0, &right);
    fxvaddbfs(sum, a, b);
    fxvstax(sum, 0, &sums);

    fxvsplatb(choice, 0);
    fxvcmpb(a);
    fxvaddbfs(choice, a, b, HICANNX_COND_GT);
    fxvstax(choice, 0, &chosen);
    hicannx_sync(); /* what follows sees the vectors in memory */
    cycles = (uint32_t) (hicannx_time() - start);
    return 0;
}
