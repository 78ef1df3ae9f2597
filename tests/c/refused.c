/* What the library refuses, and what it says of outputs that are not numbers. It ends with the number of the line that is wrong. */

#include "awd.h"
#include "model.h"
#include <math.h>

#define IS(status, call) \
    if ((call) != (status)) \
    return __LINE__

int main(void)
{
    static awd_model model, none;
    static float window[AWD_MODEL_WINDOW + AWD_MODEL_WORK], work[AWD_MODEL_WORK], outputs[AWD_MODEL_OUTPUTS + 1];
    static const float most = 3.4e38f;
    const size_t n = AWD_MODEL_WINDOW, w = AWD_MODEL_WORK, k = AWD_MODEL_OUTPUTS;
    const uint8_t *const file = awd_model_file;
    /* No buffer has so many elements: their bytes are more than PTRDIFF_MAX, or more than SIZE_MAX, or end behind all addresses. */
    const size_t lengths[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 4, SIZE_MAX / 4 + 2, (size_t)PTRDIFF_MAX / 4 + 1};

    IS(AWD_OK, awd_model_read(&model, file, sizeof awd_model_file));
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        IS(AWD_LENGTH, awd_model_score(&model, window, lengths[i], work, w, outputs, k));
        IS(AWD_LENGTH, awd_model_score(&model, window, n, work, lengths[i], outputs, k));
        IS(AWD_LENGTH, awd_model_score(&model, window, n, work, w, outputs, lengths[i]));
        IS(AWD_CLASS_ERROR, awd_model_class(&model, outputs, lengths[i]));
        IS(AWD_LENGTH, awd_model_probabilities(&model, outputs, lengths[i], outputs, k + 1));
        IS(AWD_LENGTH, awd_model_probabilities(&model, outputs, k, outputs, lengths[i]));
    }
    IS(AWD_LENGTH, awd_model_read(&none, file, SIZE_MAX));
    IS(AWD_LENGTH, awd_model_read(&none, file, (size_t)PTRDIFF_MAX + 1));
    IS(AWD_NO_MODEL, awd_model_score(&none, window, n, work, w, outputs, k));

    /* Lengths of nothing, and pointers to nothing. */
    IS(AWD_LENGTH_OF_FILE, awd_model_read(&none, file, 0));
    IS(AWD_NULL, awd_model_read(&none, 0, 0));
    IS(AWD_NULL, awd_model_read(0, file, 0));
    IS(AWD_WINDOW, awd_model_score(&model, window, 0, work, w, outputs, k));
    IS(AWD_WORK, awd_model_score(&model, window, n, work, 0, outputs, k));
    IS(AWD_OUTPUTS, awd_model_score(&model, window, n, work, w, outputs, 0));
    IS(AWD_NULL, awd_model_score(&model, window, n, work, w, 0, 0));
    IS(AWD_CLASS_ERROR, awd_model_class(&model, outputs, 0));
    IS(AWD_CLASS_ERROR, awd_model_class(&model, 0, k));
    IS(AWD_CLASS_ERROR, awd_model_class(0, outputs, k));
    IS(AWD_CLASS_ERROR, awd_model_class(&none, outputs, k));
    IS(AWD_OUTPUTS, awd_model_probabilities(&model, outputs, k, outputs, k));

    /* What is written while something else is read. */
    IS(AWD_OVERLAP, awd_model_score(&model, window, n, window + n - 1, w, outputs, k));
    IS(AWD_OVERLAP, awd_model_score(&model, window, n, window, w, outputs, k));
    IS(AWD_OVERLAP, awd_model_score(&model, window, n, (float *)(void *)&model, w, outputs, k));
    IS(AWD_OVERLAP, awd_model_score(&model, window, n, work, w, (float *)(void *)&model, k));
    IS(AWD_OVERLAP, awd_model_probabilities(&model, outputs, k, (float *)(void *)&model, k + 1));
    IS(AWD_OVERLAP, awd_model_read(&none, (const uint8_t *)&none + 8, 100));
    /* Side by side they do not overlap, and outputs may be where the window was. */
    IS(AWD_OK, awd_model_score(&model, window, n, window + n, w, outputs, k));
    float first = outputs[0];
    IS(AWD_OK, awd_model_score(&model, window, n, work, w, window, k));
    IS(1, window[0] == first);
    window[0] = 0.0f;

    /* What is not a number has no class, and is not class 0. */
    const float bad[] = {(float)NAN, (float)INFINITY, (float)-INFINITY};
    for (size_t i = 0; i < 3; i++) {
        outputs[k - 1] = bad[i];
        IS(AWD_CLASS_NOT_FINITE, awd_model_class(&model, outputs, k));
        outputs[k] = 7.0f;
        IS(AWD_NOT_FINITE, awd_model_probabilities(&model, outputs, k, outputs, k + 1));
        IS(1, outputs[k] == 7.0f);
    }
    for (size_t i = 0; i < n; i++)
        window[i] = i % 2 ? most : -most;
    IS(AWD_OK, awd_model_score(&model, window, n, work, w, outputs, k));
    IS(AWD_CLASS_NOT_FINITE, awd_model_class(&model, outputs, k));

    /* What is one has. */
    outputs[0] = -1.0f;
    IS(0, awd_model_class(&model, outputs, k));
    outputs[0] = 1.0f;
    IS(1, awd_model_class(&model, outputs, k));
    IS(AWD_OK, awd_model_probabilities(&model, outputs, k, outputs, k + 1));
    IS(1, outputs[1] > 0.73f && outputs[1] < 0.74f);
    return 0;
}
