/* Inner loops of the analog core in C, the same steps and polynomials in float: the peer of bench_neuron.py. */
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { N = 512, PITCH = N + 144 };  // rows lie as in emu/analog/state.py
enum { V, BEFORE, EXC, INH, W, APPROACH, TARGET, KICK_EXC, KICK_INH, KICK_W, DECAY_EXC, DECAY_INH, HIGH, LOW, RATE_W,
       GAIN_W, REST_W, ONSET, SLOPE, STEEPNESS, GROWTH, MOST_EXC, MOST_INH };

static inline float least(float one, float other) { return one < other ? one : other; }

static inline float exponential(float x) {
    float power = x * 1.4426950408889634f, whole = rintf(power), rest = power - whole;
    float value = 1.0f + rest * (0.69314718f + rest * (0.24022651f + rest * (0.055504109f + rest * (0.0096181291f
        + rest * 0.0013333558f))));
    int32_t bits;
    memcpy(&bits, &value, 4);
    bits += (int32_t)whole << 23;
    memcpy(&value, &bits, 4);
    return value;
}

int linear(float *s, long steps) {
    int hits = 0;
    for (long k = 0; k < steps; k++)
        for (int n = 0; n < N; n++) {
            float v = s[V * PITCH + n], exc = s[EXC * PITCH + n], inh = s[INH * PITCH + n];
            s[BEFORE * PITCH + n] = v;
            v += s[APPROACH * PITCH + n] * (s[TARGET * PITCH + n] - v)
               + (s[KICK_EXC * PITCH + n] * least(exc, s[MOST_EXC * PITCH + n]) + s[KICK_INH * PITCH + n] * least(inh, s[MOST_INH * PITCH + n]));
            s[V * PITCH + n] = v;
            s[EXC * PITCH + n] = exc * s[DECAY_EXC * PITCH + n];
            s[INH * PITCH + n] = inh * s[DECAY_INH * PITCH + n];
            hits |= (v > s[HIGH * PITCH + n]) | (v < s[LOW * PITCH + n]);
        }
    return hits;
}

int exciting(float *s, long steps) {
    int hits = 0;
    for (long k = 0; k < steps; k++)
        for (int n = 0; n < N; n++) {
            float v = s[V * PITCH + n], exc = s[EXC * PITCH + n];
            s[BEFORE * PITCH + n] = v;
            v += s[APPROACH * PITCH + n] * (s[TARGET * PITCH + n] - v) + s[KICK_EXC * PITCH + n] * exc;
            s[V * PITCH + n] = v;
            s[EXC * PITCH + n] = exc * s[DECAY_EXC * PITCH + n];
            hits |= v > s[HIGH * PITCH + n];
        }
    return hits;
}

int leaking(float *s, long steps) {
    int hits = 0;
    for (long k = 0; k < steps; k++)
        for (int n = 0; n < N; n++) {
            float v = s[V * PITCH + n];
            s[BEFORE * PITCH + n] = v;
            v += s[APPROACH * PITCH + n] * (s[TARGET * PITCH + n] - v);
            s[V * PITCH + n] = v;
            hits |= v > s[HIGH * PITCH + n];
        }
    return hits;
}

int curved(float *s, long steps) {
    int hits = 0;
    for (long k = 0; k < steps; k++)
        for (int n = 0; n < N; n++) {
            float v = s[V * PITCH + n], exc = s[EXC * PITCH + n], inh = s[INH * PITCH + n], w = s[W * PITCH + n];
            s[BEFORE * PITCH + n] = v;
            float kick = s[KICK_EXC * PITCH + n] * least(exc, s[MOST_EXC * PITCH + n])
                + s[KICK_INH * PITCH + n] * least(inh, s[MOST_INH * PITCH + n]) + s[KICK_W * PITCH + n] * w;
            s[W * PITCH + n] = w + s[RATE_W * PITCH + n] * (s[GAIN_W * PITCH + n] * (v - s[REST_W * PITCH + n]) - w);
            v += s[APPROACH * PITCH + n] * (s[TARGET * PITCH + n] - v) + kick;
            float z = (v - s[ONSET * PITCH + n]) * s[STEEPNESS * PITCH + n];
            z = z < -80.0f ? -80.0f : z > 60.0f ? 60.0f : z;
            float x = s[GROWTH * PITCH + n] * exponential(z);
            float y = x * (6.0f - 3.0f * x) / (6.0f - 6.0f * x + x * x);
            v += s[SLOPE * PITCH + n] * (x < 0.9f ? y : 1e6f);
            s[V * PITCH + n] = v;
            s[EXC * PITCH + n] = exc * s[DECAY_EXC * PITCH + n];
            s[INH * PITCH + n] = inh * s[DECAY_INH * PITCH + n];
            hits |= (v > s[HIGH * PITCH + n]) | (v < s[LOW * PITCH + n]);
        }
    return hits;
}
