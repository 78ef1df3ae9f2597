 * The outputs have the same bits everywhere if each product and each sum is rounded by itself. The pragmas below make GCC and clang do so.
 * With another compiler, switch off fused products and sums (-ffp-contract=off) and fast mathematics. */
#ifndef AWD_SCORER_H
#define AWD_SCORER_H

#include <float.h>
#include <stdint.h>

#if defined(__FAST_MATH__)
#error "compile without -ffast-math: outputs would have other bits than those of the host"
#endif
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0
#error "float must be computed as float (FLT_EVAL_METHOD 0): outputs would have other bits than those of the host"
#endif
#if defined(__clang__)
#pragma clang fp contract(off)
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

