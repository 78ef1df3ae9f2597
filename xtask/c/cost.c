/* Counts the instructions of a generated scorer by the core's timer: the emulator's clock advances by the same time at each instruction.
 * It prints ticks: of all windows, of as many calls of a function that does nothing, and of two loops of known length. */

#include "print.h"

#define AWD_DECLARATIONS
#include "scorer.c"

#include "windows.h"

#define CONTROL (*(volatile uint32_t *)0xe000e010)
#define RELOAD (*(volatile uint32_t *)0xe000e014)
#define VALUE (*(volatile uint32_t *)0xe000e018)

/* A tick is some tens of instructions, so the windows are scored several times. */
#define TIMES 8

static output_t outputs[AWD_OUTPUTS];

__attribute__((noinline)) static void nothing(const sample_t *window, output_t *outputs) {
    __asm__ volatile("" : : "r"(window), "r"(outputs) : "memory");
}

__attribute__((noinline)) static uint32_t windows_ticks(void (*score)(const sample_t *, output_t *)) {
    VALUE = 0;
    for (int time = 0; time < TIMES; time++)
        for (int i = 0; i < WINDOWS; i++)
            score((const sample_t *)windows + i * AWD_WINDOW, outputs);
    return 0xffffff - VALUE;
}

/* A turn of the loop is two instructions. */
__attribute__((noinline)) static uint32_t loop_ticks(uint32_t turns) {
    VALUE = 0;
    __asm__ volatile(".syntax unified\n1: subs %0, #1\n bne 1b" : "+l"(turns) : : "cc");
    return 0xffffff - VALUE;
}

int main(void) {
    RELOAD = 0xffffff;
    CONTROL = 5;
    print(windows_ticks(awd_score));
    print(windows_ticks(nothing));
    print(loop_ticks(200000));
    print(loop_ticks(100000));
    return 0;
}
