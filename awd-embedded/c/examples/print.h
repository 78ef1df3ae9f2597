/* How the example prints: as eight hexadecimal digits a line. */

#ifndef PRINT_H
#define PRINT_H

#include <stdint.h>

void print(uint32_t number);

#endif
