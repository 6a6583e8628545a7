/* A row of weights learns every 50 us, and its mean is printed every 100 us: the library from C.
 *
 * The readings are made up: causal ones of even columns by a generator of random numbers, all others as without correlation.
 */
#include "kernels.h"

enum { cycles_per_us = 250, baseline = 128 };

static kernels_row weights, causal, acausal;
static const stdp_rule rule = {.causal_baseline = baseline, .acausal_baseline = baseline, .causal_rate = 12};
static uint32_t state = 1;

static void learn(void *row)
{
    random_fill(&state, (uint32_t *) &causal.even, sizeof causal.even / sizeof(uint32_t));
    for (int column = 0; column < 128; ++column)
        causal.even.unsigned_bytes[column] &= baseline - 1; /* correlation lowers a reading */
    stdp_update(row, &causal, &acausal, &rule);
}

static void report(void *row)
{
    kernels_row *learned = row;
    mailbox_text("even columns ");
    mailbox_decimal(vector_sum_8(&learned->even, 1) / 128);
    mailbox_text(", odd columns ");
    mailbox_decimal(vector_sum_8(&learned->odd, 1) / 128);
    mailbox_text("\n");
}

int main(void)
{
    scheduler_service services[] = {
        {.function = learn, .argument = &weights, .period = 50 * cycles_per_us},
        {.function = report, .argument = &weights, .period = 100 * cycles_per_us},
    };
    vector_fill(&weights, 20, 2);
    vector_fill(&causal, baseline, 2);
    vector_fill(&acausal, baseline, 2);
    scheduler_start(services, 2);
    scheduler_run(services, 2, 420 * cycles_per_us);
    return 0;
}
