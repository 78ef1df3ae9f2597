/* Scores one window in integers with a model that was exported to model.h, and prints each output and the class. */

#include "awd.h"
#include "model.h"
#include "print.h"

int main(void)
{
    static awd_model model;
    static int16_t window[AWD_MODEL_WINDOW], work[AWD_MODEL_WORK];
    static int32_t outputs[AWD_MODEL_OUTPUTS], decided;

    if (awd_model_read(&model, awd_model_file, sizeof awd_model_file) != AWD_OK)
        return 1;
    /* Stands in for samples of an analog-to-digital converter; neither smooth nor sorted. */
    for (size_t i = 0; i < AWD_MODEL_WINDOW; i++)
        window[i] = (int16_t)((int)(i * i * 7 % 31) * 60 - 900);
    awd_status status =
        awd_model_score_fixed(&model, window, AWD_MODEL_WINDOW, work, AWD_MODEL_WORK, outputs, AWD_MODEL_OUTPUTS, &decided);
    if (status != AWD_OK)
        return 1 + (int)status;
    for (size_t i = 0; i < AWD_MODEL_OUTPUTS; i++)
        print((uint32_t)outputs[i]);
    print((uint32_t)decided);
    if (!(awd_model_unit(&model) > 0.0f))
        return 19;

    /* Wrong arguments give specific errors. */
    if (awd_model_score_fixed(&model, window, AWD_MODEL_WINDOW - 1, work, AWD_MODEL_WORK, outputs, AWD_MODEL_OUTPUTS, &decided) !=
        AWD_WINDOW)
        return 20;
    if (awd_model_score_fixed(&model, window, AWD_MODEL_WINDOW, work, AWD_MODEL_WORK - 1, outputs, AWD_MODEL_OUTPUTS, &decided) !=
        AWD_WORK)
        return 21;
    if (awd_model_score_fixed(&model, window, AWD_MODEL_WINDOW, work, AWD_MODEL_WORK, outputs, AWD_MODEL_OUTPUTS, 0) != AWD_NULL)
        return 22;
    if (awd_model_score_fixed(&model, window, AWD_MODEL_WINDOW, window, AWD_MODEL_WORK, outputs, AWD_MODEL_OUTPUTS, &decided) !=
        AWD_OVERLAP)
        return 23;
    if (awd_model_score_fixed(&model, window, AWD_MODEL_WINDOW, work, AWD_MODEL_WORK, outputs, AWD_MODEL_OUTPUTS, outputs) !=
        AWD_OVERLAP)
        return 24;
    return 0;
}
