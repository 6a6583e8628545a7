extern int other(int);
static const int table[3] = {1, 2, 3};
int sum(int count) {
    int total = 0;
    for (int i = 0; i < count; i++)
        total += other(table[i % 3]);
    return total;
}
short before(short *values) { return values[-3]; }
unsigned reversed(unsigned *word) { return __builtin_bswap32(*word); }
double twice(double number) { return number * 2.0; }
#ifdef WHOLE
int __attribute__((noinline)) other(int value) { return value + 1; }
void _start(void) { sum(3); for (;;); }
#endif
