/* Prints a number as a line of eight hexadecimal digits. */

#ifndef PRINT_H
#define PRINT_H

#include <stdint.h>

void print(uint32_t number);

#endif
