/* Registers of HICANN-X, of its FPGA and of the boards around.
 *
 * Made by `hicannx export header` ($version) from the register maps. Do not edit it.
 *
 * REGISTER_ADDRESS(parts of the coordinate) is the address of a register, REGISTER_ADDRESS0, _ADDRESS1 and so on those
 * of its words where it has several: words of the Omnibus, numbers of registers in other spaces. REGISTER_PPU_ADDRESS
 * is where loads and stores of the plasticity processors see the same word, a byte address. The register's comment says
 * which ways lead to it: what only JTAG, SPI, I2C or a playback instruction reaches has no such address.
 *
 * FIELD_WORD, _SHIFT and _MASK tell where the bits of a field stand; of a value that is split there are such of each PART,
 * the highest first, and OF_VALUE, the lowest bit of the value that it holds. FIELD_PUT0(value) makes the bits of word 0 from a
 * value, whatever is inverted, permuted or in another code; FIELD_GET(w0, ...) makes the value from the words that it
 * stands in. Array fields have these macros for each element, with its number behind the name.
 *
 * $defaults
 *
 * C99 or C++11 and later. Macros are constant expressions where their arguments are. They calculate in 32 bits, but for
 * _PUT and _GET of fields and words that are wider.
 */
#ifndef $guard
#define $guard

#include <stdint.h>

/* ---- Byte addresses, as loads and stores of a processor see the words of the Omnibus ------------------------------- */

$windows

/* ---- Names of the values of coordinates ---------------------------------------------------------------------------- */

$names

/* ---- Registers ----------------------------------------------------------------------------------------------------- */

$registers

#endif
