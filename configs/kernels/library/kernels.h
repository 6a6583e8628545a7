/* The subroutines of this folder for C. What they do stands in the assembly file of each group.
 *
 * A vector is 128 bytes; rows of synapses have two, first the even columns, then the odd ones. Vector registers v0 to v15
 * are yours; the subroutines change v16 to v31, the accumulator and the conditions.
 */
#ifndef KERNELS_H
#define KERNELS_H

#include <stdint.h>

/* A vector in memory, and the two vectors of a row; both may be read in any type. */
typedef union {
    int8_t bytes[128];
    uint8_t unsigned_bytes[128];
    int16_t halves[64];
} __attribute__((aligned(4), may_alias)) kernels_vector;

typedef struct {
    kernels_vector even, odd;
} kernels_row;

/* vector.s */
void vector_copy(void *to, const void *from, unsigned vectors);
void vector_fill(void *to, int byte, unsigned vectors);
void vector_add_8(void *to, const void *left, const void *right, unsigned vectors);
void vector_add_16(void *to, const void *left, const void *right, unsigned vectors);
void vector_subtract_8(void *to, const void *left, const void *right, unsigned vectors);
void vector_subtract_16(void *to, const void *left, const void *right, unsigned vectors);
void vector_multiply_8(void *to, const void *left, const void *right, unsigned vectors);
void vector_multiply_16(void *to, const void *left, const void *right, unsigned vectors);
int vector_sum_8(const void *from, unsigned vectors);
void vector_widen(kernels_vector to[2], const kernels_vector *from);
void vector_narrow(kernels_vector *to, const kernels_vector from[2]);
void vector_split(kernels_row *to, const uint8_t from[256]);
void vector_join(uint8_t to[256], const kernels_row *from);

/* stdp.s: rates in 1/128 */
typedef struct {
    uint8_t causal_baseline, acausal_baseline;
    int8_t causal_rate, acausal_rate;
} stdp_rule;

void stdp_update(kernels_row *weights, const kernels_row *causal, const kernels_row *acausal, const stdp_rule *rule);
void stdp_synapses(unsigned first_row, unsigned rows, const stdp_rule *rule);
void stdp_read(kernels_row causal_and_acausal[2], unsigned row);
void stdp_reset(unsigned first_row, unsigned rows);

/* homeostasis.s */
void homeostasis_update(kernels_row *weights, const kernels_row *rates, const kernels_row *targets, unsigned step);
void homeostasis_synapses(unsigned first_row, unsigned rows, const kernels_row *rates, const kernels_row *targets,
                          unsigned step);

/* random.s */
uint32_t random_next(uint32_t *state);
uint32_t random_below(uint32_t *state, uint32_t limit);
void random_fill(uint32_t *state, uint32_t *to, unsigned words);
void random_row(kernels_row *to);
void random_seed_row(const kernels_row *from);

/* exponential.s: 16 bits behind the point, and 31 for the result of exponential_decay */
uint32_t exponential(int32_t x);
uint32_t exponential_decay(uint32_t x);

/* mailbox.s */
void mailbox_character(int character);
void mailbox_text(const char *text);
void mailbox_hexadecimal(uint32_t number);
void mailbox_decimal(int32_t number);
void mailbox_vector(const void *vector);

/* timer.s: times in clock cycles */
uint64_t timer_now(void);
void timer_wait_until(uint32_t time);
void timer_start(uint32_t period);
void timer_stop(void);
void timer_wait(void);
void timer_interrupt(void (*function)(void));

/* scheduler.s */
typedef struct {
    void (*function)(void *argument);
    void *argument;
    uint32_t period, due;
} scheduler_service;

void scheduler_start(scheduler_service *services, unsigned count);
unsigned scheduler_run(scheduler_service *services, unsigned count, uint32_t cycles);

#endif
