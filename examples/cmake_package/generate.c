/* Generates tokens with a compiled model:  generate FILE CONFIG TARGET COUNT ID...
 * FILE comes from `heddle compile MODEL --config CONFIG -o FILE`; the ids are the prompt's. */
#include <heddle.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(call)                                             \
  do {                                                          \
    if ((call) != HEDDLE_OK) {                                  \
      fprintf(stderr, "generate: %s\n", heddle_last_error());   \
      return 1;                                                 \
    }                                                           \
  } while (0)

int main(int argc, char** argv) {
  uint32_t prompt[64], tokens[256];
  size_t prompt_count = 0, count = 0, most;
  heddle_device* device = NULL;
  heddle_model* model = NULL;
  if (argc < 6 || argc > 5 + 64) {
    fprintf(stderr, "usage: %s FILE CONFIG TARGET COUNT ID...\n", argv[0]);
    return 2;
  }
  most = strtoul(argv[4], NULL, 10);
  if (most > 256) most = 256;
  for (int i = 5; i < argc; ++i) prompt[prompt_count++] = (uint32_t)strtoul(argv[i], NULL, 10);

  CHECK(heddle_open(argv[3], argv[2], NULL, &device));
  CHECK(heddle_load(device, argv[1], &model));
  CHECK(heddle_generate(model, prompt, prompt_count, tokens, most, &count));
  for (size_t i = 0; i < count; ++i) printf("%u%c", tokens[i], i + 1 < count ? ' ' : '\n');
  for (size_t i = 0; i < heddle_counters(); ++i) {
    fprintf(stderr, "%-20s %llu\n", heddle_counter_name(i), (unsigned long long)heddle_counter(model, i));
  }
  heddle_unload(model);
  heddle_close(device);
  return 0;
}
