/* awd's scorer for C: read a model, score windows of signals with it.
 *
 * Nothing in it allocates, panics, logs or keeps state of its own. All memory is the caller's: the model, the work space, the
 * outputs. A model is read in place: it is a view of its file, which stays where it is. One model may be used by several threads at once, each with work space and outputs of its own.
 *
 *     static awd_model model;
 *     float work[AWD_MODEL_WORK], outputs[AWD_MODEL_OUTPUTS];
 *
 *     if (awd_model_read(&model, awd_model_file, sizeof awd_model_file) == AWD_OK &&
 *         awd_model_score(&model, window, AWD_MODEL_WINDOW, work, AWD_MODEL_WORK, outputs, AWD_MODEL_OUTPUTS) == AWD_OK)
 *         act(awd_model_class(&model, outputs, AWD_MODEL_OUTPUTS));
 *
 * `awd export MODEL.awd --as c --out model.h` writes awd_model_file and the lengths; library and header are of one version. */

#ifndef AWD_H
#define AWD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of a model in memory, beside its file. */
#define AWD_MODEL_BYTES 64

/* A view of a model's file. What is in it is the library's business; it may be copied as a whole. */
typedef union awd_model {
    uint64_t words[AWD_MODEL_BYTES / 8];
    float align;
} awd_model;

/* What came of a call. */
typedef enum awd_status {
    AWD_OK = 0,
    AWD_NULL = 1,         /* a pointer is null, or not aligned */
    AWD_LENGTH_OF_FILE = 2, /* the file is shorter than header and checksum, or longer than any model */
    AWD_NOT_A_MODEL = 3,  /* its first bytes are some other file's */
    AWD_VERSION = 4,      /* it is of a major version that this library does not read */
    AWD_CHECKSUM = 5,     /* its CRC-32 does not match */
    AWD_MALFORMED = 6,    /* its checksum is right, but it does not decode */
    AWD_INVALID = 7,      /* a field of it is outside its bound */
    AWD_NO_MODEL = 8,     /* no model was read into it */
    AWD_IMAGES = 9,       /* it is a model of images, which are not scored from C yet */
    AWD_WINDOW = 10,      /* there are not as many samples as awd_model_window says */
    AWD_WORK = 11,        /* the work space is shorter than awd_model_work says */
    AWD_OUTPUTS = 12,     /* there is room for fewer outputs than awd_model_outputs says, or there are not as many */
    AWD_LENGTH = 13,      /* no buffer is so long: more than half of the address space, or beyond its end */
    AWD_OVERLAP = 14,     /* two buffers share bytes, and one is written to while the other is read */
    AWD_VALUES = 15,      /* the model gives values, which have no probabilities */
    AWD_NOT_FINITE = 16,  /* an output is a NaN or infinite: there are no probabilities */
    AWD_FLOAT = 17        /* the model is not one of fixed point: distil it with --scalar fixed */
} awd_status;

/* Why there is no class. */
#define AWD_CLASS_VALUES (-1)     /* the model gives values */
#define AWD_CLASS_NOT_FINITE (-2) /* an output is a NaN or infinite: a sample was none, or the sums went beyond a float */
#define AWD_CLASS_ERROR (-3)      /* awd_model_probabilities says why: no model, no outputs, or not as many as it has */

/* Validates a model file, and makes `model`, whose bytes may be anything before, a view of it: after AWD_OK nothing that is wrong with
 * it can come to light. After anything else there is no model in it. The file stays where it is, unchanged, as long as the model is
 * used: in flash, in a constant, or in memory. */
awd_status awd_model_read(awd_model *model, const uint8_t *file, size_t bytes);

/* Samples of a window, samples of work space that scoring needs, and outputs of a score: logits of classes 1, 2, ... against
 * class 0, or values. 0 where there is no model. */
size_t awd_model_window(const awd_model *model);
size_t awd_model_work(const awd_model *model);
size_t awd_model_outputs(const awd_model *model);

/* Scores a window of `samples` samples, in the units of the training data. The work space is apart from the window and the model. The
 * outputs are apart from the model and may lie in the window or in the work space, which are done with when they are written. Whether
 * they are finite, awd_model_class says. */
awd_status awd_model_score(const awd_model *model, const float *window, size_t samples, float *work, size_t work_samples,
                           float *outputs, size_t room);

/* What one in the last place of a 16-bit sample is worth, in the units of the training data, and how many bits of an integer output are
 * after its binary point: an output is worth outputs[i] * 2^-point. 0 where the model is not one of fixed point, or there is no model. */
float awd_model_unit(const awd_model *model);
int32_t awd_model_point(const awd_model *model);

/* Scores a window of `samples` 16-bit samples, each worth awd_model_unit, in integers alone: for processors without a floating-point
 * unit. A sample beyond the model's limit is set to it, in the window. `class_of` receives the class, 0 or more, or AWD_CLASS_VALUES. Window and work
 * space are apart from each other; both, the outputs and the class are apart from the model, and the outputs from the class. */
awd_status awd_model_score_fixed(const awd_model *model, int16_t *window, size_t samples, int16_t *work, size_t work_samples,
                                 int32_t *outputs, size_t room, int32_t *class_of);

/* The class of these outputs, 0 or more; or one of AWD_CLASS_VALUES, AWD_CLASS_NOT_FINITE and AWD_CLASS_ERROR, all below 0. What is not
 * finite has no class: do not take it for class 0. */
int32_t awd_model_class(const awd_model *model, const float *outputs, size_t count);

/* The probabilities of the classes of these outputs, one more than outputs. They may be written where the outputs are. After
 * anything but AWD_OK nothing was written. */
awd_status awd_model_probabilities(const awd_model *model, const float *outputs, size_t count, float *probabilities,
                                   size_t room);

#ifdef __cplusplus
}
#endif

#endif
