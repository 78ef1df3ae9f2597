/* Output on a computer with an operating system. */

#include "print.h"
#include <inttypes.h>
#include <stdio.h>

void print(uint32_t number)
{
    printf("%08" PRIx32 "\n", number);
}
