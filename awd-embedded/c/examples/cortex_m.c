/* Startup code for a bare-metal Cortex-M4F: vector table, reset handler, and output to the emulator (Arm semihosting). */

#include "print.h"

extern uint32_t stack_end[], bss_start[], bss_end[];
int main(void);

static void semihosting(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

void print(uint32_t number)
{
    char line[10];
    for (int i = 0; i < 8; i++)
        line[i] = "0123456789abcdef"[number >> (28 - 4 * i) & 15];
    line[8] = '\n';
    line[9] = 0;
    semihosting(0x04, line);
}

void start(void)
{
    /* Coprocessors 10 and 11 are the floating-point unit. */
    *(volatile uint32_t *)0xe000ed88 |= 0xf << 20;
    __asm__ volatile("dsb\n isb");
    for (uint32_t *word = bss_start; word < bss_end; word++)
        *word = 0;
    const uint32_t exited[2] = {0x20026, (uint32_t)main()};
    semihosting(0x20, exited);
    for (;;)
        ;
}

static void stop(void)
{
    const uint32_t exited[2] = {0x20026, 99};
    semihosting(0x20, exited);
    for (;;)
        ;
}

/* The initial stack pointer, and the handlers of reset, non-maskable interrupt and hard fault. */
__attribute__((section(".vectors"), used)) static const struct {
    uint32_t *stack;
    void (*handlers[3])(void);
} vectors = {stack_end, {start, stop, stop}};
