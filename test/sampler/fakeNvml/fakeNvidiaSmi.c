/*
 * What the driver's program does for one sample: opens the library, asks every GPU once, prints a row each. For the
 * cost of a program that is started ten times a second; the real one does all of this and more.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

typedef int (*Plain)(void);
typedef int (*Count)(unsigned *);
typedef int (*ByIndex)(unsigned, void **);
typedef int (*Text)(void *, char *, unsigned);
typedef int (*Number)(void *, void *);

int main(void) {
  void *library = dlopen(getenv("PERJOULE_NVML"), RTLD_NOW);
  if (!library) return 12;
  int code = ((Plain)dlsym(library, "nvmlInit_v2"))();
  if (code) return code;
  unsigned count = 0;
  ((Count)dlsym(library, "nvmlDeviceGetCount_v2"))(&count);
  const char *names[] = {"nvmlDeviceGetPowerUsage", "nvmlDeviceGetUtilizationRates", "nvmlDeviceGetMemoryInfo",
                         "nvmlDeviceGetEnforcedPowerLimit"};
  for (unsigned index = 0; index < count; index++) {
    void *device;
    char uuid[96];
    ((ByIndex)dlsym(library, "nvmlDeviceGetHandleByIndex_v2"))(index, &device);
    ((Text)dlsym(library, "nvmlDeviceGetUUID"))(device, uuid, sizeof uuid);
    printf("%s", uuid);
    for (int name = 0; name < 4; name++) {
      unsigned long long answer[8] = {0};
      ((Number)dlsym(library, names[name]))(device, answer);
      printf(", %llu", answer[0]);
    }
    printf("\n");
  }
  return ((Plain)dlsym(library, "nvmlShutdown"))();
}
