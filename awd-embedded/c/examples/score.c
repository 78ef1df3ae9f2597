/* Scores one window with a model that was exported to model.h, and prints the bits of each output and the class. */

#include "awd.h"
#include "model.h"
#include "print.h"

int main(void)
{
    static awd_model model;
    static float window[AWD_MODEL_WINDOW], work[AWD_MODEL_WORK], outputs[AWD_MODEL_OUTPUTS];

    if (awd_model_read(&model, awd_model_file, sizeof awd_model_file) != AWD_OK)
        return 1;
    /* Stands in for measured samples; neither smooth nor sorted. */
    for (size_t i = 0; i < AWD_MODEL_WINDOW; i++)
        window[i] = (float)(i * i * 7 % 31) / 8.0f - 1.5f;
    awd_status status = awd_model_score(&model, window, AWD_MODEL_WINDOW, work, AWD_MODEL_WORK, outputs, AWD_MODEL_OUTPUTS);
    if (status != AWD_OK)
        return 1 + (int)status;
    for (size_t i = 0; i < AWD_MODEL_OUTPUTS; i++) {
        union {
            float value;
            uint32_t bits;
        } output = {outputs[i]};
        print(output.bits);
    }
    print((uint32_t)awd_model_class(&model, outputs, AWD_MODEL_OUTPUTS));

    /* The model predicts values, which have no class. */
    if (awd_model_class(&model, outputs, AWD_MODEL_OUTPUTS) != AWD_CLASS_VALUES)
        return 19;

    /* Wrong arguments give specific errors. */
    if (awd_model_score(&model, window, AWD_MODEL_WINDOW - 1, work, AWD_MODEL_WORK, outputs, AWD_MODEL_OUTPUTS) != AWD_WINDOW)
        return 20;
    if (awd_model_score(&model, window, AWD_MODEL_WINDOW, work, AWD_MODEL_WORK - 1, outputs, AWD_MODEL_OUTPUTS) != AWD_WORK)
        return 21;
    if (awd_model_score(&model, 0, AWD_MODEL_WINDOW, work, AWD_MODEL_WORK, outputs, AWD_MODEL_OUTPUTS) != AWD_NULL)
        return 22;
    if (awd_model_read(&model, awd_model_file, sizeof awd_model_file - 1) != AWD_CHECKSUM ||
        awd_model_score(&model, window, AWD_MODEL_WINDOW, work, AWD_MODEL_WORK, outputs, AWD_MODEL_OUTPUTS) != AWD_NO_MODEL)
        return 23;
    return 0;
}
