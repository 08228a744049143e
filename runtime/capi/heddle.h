/* The C interface of Heddle: a compiled language model on an accelerator, from any language.
 *
 * Models are compiled beforehand: heddle compile MODEL --config NAME -o FILE.
 * Every function that can fail returns a status; heddle_last_error() says more. Objects belong to the caller,
 * who gives them back; an object is used by one thread at a time, different devices are independent. Strings
 * are UTF-8 and, where returned, belong to the library.
 */
#ifndef HEDDLE_H
#define HEDDLE_H
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HEDDLE_API __attribute__((visibility("default")))

typedef struct heddle_device heddle_device; /* an accelerator: simulated, emulated or a board */
typedef struct heddle_model heddle_model;   /* a compiled model on a device, with its cache */

typedef enum heddle_status {
  HEDDLE_OK = 0,
  HEDDLE_ERROR_ARGUMENT = 1, /* the call itself is wrong: a null pointer, a buffer that is too small */
  HEDDLE_ERROR_DEVICE = 2,   /* the device refuses, fails or is gone */
  HEDDLE_ERROR_FAILED = 3    /* anything else: a file, a name, a model that does not fit */
} heddle_status;

/* What went wrong in this thread's last call that failed; empty when none did. Valid until its next call. */
HEDDLE_API const char* heddle_last_error(void);
/* Version of the library, such as "0.1.0". */
HEDDLE_API const char* heddle_version(void);

/* Opens a device. `target` as in `heddle devices` ("hls", "rtl", "xrt", "opencl", ...); `config` is the name
 * of a configuration or a JSON file; `xclbin` is a file for targets xrt and opencl, or NULL for an emulation.
 * Simulators are built on first use, which takes seconds to minutes. */
HEDDLE_API heddle_status heddle_open(const char* target, const char* config, const char* xclbin,
                                     heddle_device** device);
/* Closes it. Its models must have been unloaded. NULL is allowed. */
HEDDLE_API void heddle_close(heddle_device* device);

/* Loads a compiled file onto the device, which must be of the configuration that it was compiled for. */
HEDDLE_API heddle_status heddle_load(heddle_device* device, const char* file, heddle_model** model);
/* Gives the device's memory back. NULL is allowed. */
HEDDLE_API void heddle_unload(heddle_model* model);

/* Number of token ids, and of positions in the cache. */
HEDDLE_API uint32_t heddle_vocabulary(const heddle_model* model);
HEDDLE_API uint32_t heddle_context(const heddle_model* model);

/* Runs `count` tokens that begin at position `start`. `logits` receives one float for each id of the
 * vocabulary: those after the last token. `logits_size` is its size in floats. Blocks. */
HEDDLE_API heddle_status heddle_run(heddle_model* model, const uint32_t* tokens, size_t count, uint32_t start,
                                    float* logits, size_t logits_size);
/* Runs a prompt from position 0 and goes on with the most likely token each time, at most `most` times or
 * until the cache is full. The new tokens go to `tokens`, which has room for `most`; `*count` says how many.
 * Blocks. */
HEDDLE_API heddle_status heddle_generate(heddle_model* model, const uint32_t* prompt, size_t prompt_count,
                                         uint32_t* tokens, size_t most, size_t* count);

/* Counters of all runs of this model so far. Index from 0 to heddle_counters() - 1; the name of an index that
 * does not exist is NULL, its value 0. "cycles" is 0 on targets that do not count them. */
HEDDLE_API size_t heddle_counters(void);
HEDDLE_API const char* heddle_counter_name(size_t index);
HEDDLE_API uint64_t heddle_counter(const heddle_model* model, size_t index);

#ifdef __cplusplus
}
#endif
#endif
