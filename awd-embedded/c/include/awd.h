/* awd's scorer for C: reads a model and scores windows of signals with it.
 *
 * The library does not allocate, panic, log or keep state. The caller provides all memory: the model, the work space, the
 * outputs. A model is read in place: it is a view of its file, which must stay where it is. Several threads may use one model
 * at the same time, each with its own work space and outputs.
 *
 *     static awd_model model;
 *     float work[AWD_MODEL_WORK], outputs[AWD_MODEL_OUTPUTS];
 *
 *     if (awd_model_read(&model, awd_model_file, sizeof awd_model_file) == AWD_OK &&
 *         awd_model_score(&model, window, AWD_MODEL_WINDOW, work, AWD_MODEL_WORK, outputs, AWD_MODEL_OUTPUTS) == AWD_OK)
 *         act(awd_model_class(&model, outputs, AWD_MODEL_OUTPUTS));
 *
 * `awd export MODEL.awd --as c --file --out model.h` writes awd_model_file and the lengths. Library and header must have the same
 * version. */

#ifndef AWD_H
#define AWD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of an awd_model, not including the file. */
#define AWD_MODEL_BYTES 64

/* A view of a model file. Its contents are private to the library. It may be copied as a whole. */
typedef union awd_model {
    uint64_t words[AWD_MODEL_BYTES / 8];
    float align;
} awd_model;

/* The status of a call. */
typedef enum awd_status {
    AWD_OK = 0,
    AWD_NULL = 1,         /* a pointer is null or misaligned */
    AWD_LENGTH_OF_FILE = 2, /* the file is shorter than header and checksum, or longer than any model */
    AWD_NOT_A_MODEL = 3,  /* the file is not a model */
    AWD_VERSION = 4,      /* this library does not read the file's major version */
    AWD_CHECKSUM = 5,     /* the file's CRC-32 does not match */
    AWD_MALFORMED = 6,    /* the file's checksum is right, but it does not decode */
    AWD_INVALID = 7,      /* a field of the file is out of range */
    AWD_NO_MODEL = 8,     /* the awd_model holds no model */
    AWD_IMAGES = 9,       /* an image model, which the C library cannot score yet */
    AWD_WINDOW = 10,      /* the number of samples is not awd_model_window */
    AWD_WORK = 11,        /* the work space is shorter than awd_model_work */
    AWD_OUTPUTS = 12,     /* the number of outputs is not awd_model_outputs, or the buffer for the result is too short */
    AWD_LENGTH = 13,      /* an impossible length: more than half of the address space, or beyond its end */
    AWD_OVERLAP = 14,     /* a buffer that is written overlaps another that is still in use */
    AWD_VALUES = 15,      /* the model predicts values, which have no probabilities */
    AWD_NOT_FINITE = 16,  /* an output is NaN or infinite, so there are no probabilities */
    AWD_FLOAT = 17        /* the model is not in fixed point: distil it with --arithmetic fixed */
} awd_status;

/* Reasons why there is no class. */
#define AWD_CLASS_VALUES (-1)     /* the model predicts values */
#define AWD_CLASS_NOT_FINITE (-2) /* an output is NaN or infinite: a sample was not a number, or a sum overflowed */
#define AWD_CLASS_ERROR (-3)      /* no model, no outputs, or not their number; awd_model_probabilities returns the status */

/* Validates a model file completely, and makes `model` a view of it. The previous contents of `model` do not matter. After any
 * status but AWD_OK it holds no model. The file must stay where it is, unchanged, as long as the model is used. It may be in
 * flash, in a constant, or in RAM. */
awd_status awd_model_read(awd_model *model, const uint8_t *file, size_t bytes);

/* The number of samples of a window, of samples of work space, and of outputs of a score. Outputs are logits of classes 1, 2,
 * ... against class 0, or values. All return 0 if there is no model. */
size_t awd_model_window(const awd_model *model);
size_t awd_model_work(const awd_model *model);
size_t awd_model_outputs(const awd_model *model);

/* Scores a window of `samples` samples, in the units of the training data. The work space must not overlap the window or the
 * model. The outputs must not overlap the model. They may overlap the window and the work space, because they are written last.
 * Call awd_model_class to find out whether the outputs are finite. */
awd_status awd_model_score(const awd_model *model, const float *window, size_t samples, float *work, size_t work_samples,
                           float *outputs, size_t room);

/* The value of the least significant bit of a 16-bit sample, in the units of the training data, and the number of fractional
 * bits of an integer output: its value is outputs[i] * 2^-point. Both are 0 if the model is not in fixed point, or if there is
 * no model. */
float awd_model_unit(const awd_model *model);
int32_t awd_model_point(const awd_model *model);

/* Scores a window of `samples` 16-bit samples in units of awd_model_unit, with integer arithmetic only: for processors without
 * a floating-point unit. Clamps the samples in the window to the model's limit. `class_of` receives the class, 0 or more, or
 * AWD_CLASS_VALUES. The window must not overlap the work space, nor the outputs the class, nor any of these four the model. */
awd_status awd_model_score_fixed(const awd_model *model, int16_t *window, size_t samples, int16_t *work, size_t work_samples,
                                 int32_t *outputs, size_t room, int32_t *class_of);

/* The class of these outputs, 0 or more; or one of AWD_CLASS_VALUES, AWD_CLASS_NOT_FINITE and AWD_CLASS_ERROR, all below 0.
 * Outputs that are not finite have no class: do not treat them as class 0. */
int32_t awd_model_class(const awd_model *model, const float *outputs, size_t count);

/* Computes the probability of each class; there is one class more than outputs. The probabilities may overlap the outputs.
 * After any status but AWD_OK nothing was written. */
awd_status awd_model_probabilities(const awd_model *model, const float *outputs, size_t count, float *probabilities,
                                   size_t room);

#ifdef __cplusplus
}
#endif

#endif
