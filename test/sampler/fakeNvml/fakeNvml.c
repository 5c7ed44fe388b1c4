/*
 * A stand-in for the driver's libnvidia-ml.so.1. What it answers follows a script of lines; every power is a
 * piecewise linear curve that repeats, so true energy over any window has a closed form. Readings pass a sensor:
 * the mean of a window before the last update, rounded to milliwatts; the counter is published at updates of its own.
 *
 *   device uuid=GPU-… name=Some_GPU update=100 window=25 counter=100 energy0=5000 limit=700 memory=80 average=1 module=1
 *   curve <device> <period ms> t:W t:W …         power from the script's start on; the last point is at the period
 *   return <function> <code> [from=ms] [to=ms] [device=n]
 *   delay <function> <ms> | crash <function>
 *   lost <device> from=ms to=ms | absent <device> from=ms to=ms | reset <device> at=ms | stale <device> from=ms to=ms
 *   limits <device> <least W> <most W>          what may be set; else 200 up to the limit
 *   process <device> <pid> [part=n] [sm=percent] [graphics=1] [mps=1] | active <device> <pid> sm=percent
 *   mig <device> <parts> | size <device> <part> <multiprocessors> | stride <bytes>
 *   util <device> <percent> | reasons <device> <bits>
 *
 * The file is named by PERJOULE_FAKE_NVML and read again when it changes. Time is the machine's monotonic clock since
 * `start <ms>`, or what fakeSetTime() said last.
 */
#define _GNU_SOURCE
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The driver's generation: a library built for an older one lacks what came later. */
#ifndef DRIVER
#define DRIVER 570
#endif

#define MOST_DEVICES 16
#define MOST_POINTS 4096
#define MOST_RULES 256
#define MOST_PROCESSES 32

typedef struct { double t, w, e; } Point; /* ms, W, W·ms since the period's start */
typedef struct {
  char uuid[96], name[96];
  double update, window, counter, energy0, limit, least, most, memory, average;
  int module; /* a superchip that tells the power of the module only */
  Point *points;
  int count;
  double period;
  double resetAt, staleFrom, staleTo, lostFrom, lostTo, absentFrom, absentTo;
  int pids[MOST_PROCESSES], parts[MOST_PROCESSES], sm[MOST_PROCESSES], graphics[MOST_PROCESSES], mps[MOST_PROCESSES], processes, mig, util;
  int sizes[8]; /* multiprocessors of each part, counted from 1; 0 is not told */
  int activePids[MOST_PROCESSES], activeSm[MOST_PROCESSES], active;
  unsigned long long reasons;
} Device;
typedef struct { char function[96]; int code, device; double from, to, delay; int crash; } Rule;
/* What a handle points to: a device, or one of its parts; one that was lost stays lost. */
typedef struct { int device, part; double madeAt; } Handle;

static Device devices[MOST_DEVICES];
static int deviceCount;
static Rule rules[MOST_RULES];
static int ruleCount, stride = 24;
static double startMs, setMs = -1;
static struct timespec readAt;
static double lookedMs = -1e9;
static int initialised;

/* Calls come from several threads; only a delay is not held for the others. */
static pthread_mutex_t mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static int lock(void) { return pthread_mutex_lock(&mutex); }
static void unlock(const int *locked) { (void)locked; pthread_mutex_unlock(&mutex); }
#define ALONE __attribute__((cleanup(unlock))) int locked = lock(); (void)locked

static double machineMs(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}
static double nowMs(void) { return setMs >= 0 ? setMs : machineMs() - startMs; }

/* W·ms since the script's start. */
static double energyAt(const Device *d, double t) {
  if (d->count < 2 || t <= 0) return 0;
  double whole = floor(t / d->period), rest = t - whole * d->period;
  int low = 0, high = d->count - 1;
  while (high - low > 1) {
    int middle = (low + high) / 2;
    if (d->points[middle].t <= rest) low = middle; else high = middle;
  }
  const Point *a = &d->points[low], *b = &d->points[low + 1];
  double length = b->t - a->t, into = rest - a->t;
  double slope = length > 0 ? (b->w - a->w) / length : 0;
  return whole * d->points[d->count - 1].e + a->e + a->w * into + slope * into * into / 2;
}

static double sensedW(const Device *d, double t, double window) {
  if (t >= d->staleFrom && t < d->staleTo) t = d->staleFrom;
  double at = floor(t / d->update) * d->update;
  double from = at - window;
  if (from < 0) from = 0;
  if (at <= from) return d->count > 0 ? d->points[0].w : 0;
  return (energyAt(d, at) - energyAt(d, from)) / (at - from);
}

static unsigned long long counterMj(const Device *d, double t) {
  if (t >= d->staleFrom && t < d->staleTo) t = d->staleFrom;
  double at = floor(t / d->counter) * d->counter;
  if (at < 0) at = 0;
  if (t >= d->resetAt) return (unsigned long long)fmax(0, energyAt(d, at) - energyAt(d, d->resetAt));
  return (unsigned long long)(d->energy0 * 1000 + energyAt(d, at));
}

static double named(const char *line, const char *key, double otherwise) {
  char pattern[32];
  snprintf(pattern, sizeof pattern, " %s=", key);
  const char *found = strstr(line, pattern);
  return found ? atof(found + strlen(pattern)) : otherwise;
}
static void namedText(const char *line, const char *key, char *into, size_t size) {
  char pattern[32];
  snprintf(pattern, sizeof pattern, " %s=", key);
  const char *found = strstr(line, pattern);
  if (!found) return;
  size_t length = strcspn(found += strlen(pattern), " \n");
  if (length >= size) length = size - 1;
  memcpy(into, found, length);
  into[length] = 0;
  for (char *c = into; *c; c++) if (*c == '_') *c = ' ';
}

static void readCurve(Device *d, const char *text) {
  d->points = realloc(d->points, MOST_POINTS * sizeof(Point));
  d->count = 0;
  char *rest;
  d->period = strtod(text, &rest);
  double t, w, e = 0;
  int used;
  while (d->count < MOST_POINTS && sscanf(rest, " %lf:%lf%n", &t, &w, &used) == 2) {
    if (d->count > 0) {
      Point *before = &d->points[d->count - 1];
      e += (t - before->t) * (w + before->w) / 2;
    }
    d->points[d->count++] = (Point){t, w, e};
    rest += used;
  }
}

static void addRule(const char *line, const char *verb) {
  if (ruleCount == MOST_RULES) return;
  Rule *r = &rules[ruleCount];
  *r = (Rule){.device = (int)named(line, "device", -1), .from = named(line, "from", -1), .to = named(line, "to", 1e18)};
  double number = 0;
  sscanf(line, "%*s %95s %lf", r->function, &number);
  if (!strcmp(verb, "return")) r->code = (int)number;
  else if (!strcmp(verb, "delay")) r->delay = number;
  else r->crash = 1;
  ruleCount++;
}

static void readLine(const char *line) {
  char verb[32] = "";
  int index = 0, number = 0;
  sscanf(line, "%31s %d %d", verb, &index, &number);
  Device *d = &devices[index >= 0 && index < MOST_DEVICES ? index : 0];
  if (!strcmp(verb, "start")) sscanf(line, "%*s %lf", &startMs);
  else if (!strcmp(verb, "device") && deviceCount < MOST_DEVICES) {
    d = &devices[deviceCount];
    snprintf(d->uuid, sizeof d->uuid, "GPU-00000000-0000-0000-0000-00000000000%x", deviceCount++);
    snprintf(d->name, sizeof d->name, "NVIDIA Test GPU");
    namedText(line, "uuid", d->uuid, sizeof d->uuid);
    namedText(line, "name", d->name, sizeof d->name);
    d->update = named(line, "update", 100);
    d->window = named(line, "window", 100);
    d->counter = named(line, "counter", 100);
    d->energy0 = named(line, "energy0", 5000);
    d->limit = d->most = named(line, "limit", 700);
    d->least = 200;
    d->memory = named(line, "memory", 80);
    d->average = named(line, "average", 1000);
    d->module = (int)named(line, "module", 0);
    d->resetAt = d->staleFrom = d->lostFrom = d->absentFrom = 1e18;
    d->staleTo = d->lostTo = d->absentTo = 1e18;
    d->util = 90;
  } else if (!strcmp(verb, "curve")) {
    const char *text = line + 6;
    readCurve(d, text + strspn(text, "0123456789"));
  } else if (!strcmp(verb, "return") || !strcmp(verb, "delay") || !strcmp(verb, "crash")) addRule(line, verb);
  else if (!strcmp(verb, "lost")) { d->lostFrom = named(line, "from", 0); d->lostTo = named(line, "to", 1e18); }
  else if (!strcmp(verb, "absent")) { d->absentFrom = named(line, "from", 0); d->absentTo = named(line, "to", 1e18); }
  else if (!strcmp(verb, "stale")) { d->staleFrom = named(line, "from", 0); d->staleTo = named(line, "to", 1e18); }
  else if (!strcmp(verb, "reset")) d->resetAt = named(line, "at", 0);
  else if (!strcmp(verb, "process") && d->processes < MOST_PROCESSES) {
    d->pids[d->processes] = number;
    d->sm[d->processes] = (int)named(line, "sm", 0);
    d->graphics[d->processes] = (int)named(line, "graphics", 0);
    d->mps[d->processes] = (int)named(line, "mps", 0);
    d->parts[d->processes++] = (int)named(line, "part", 0);
  } else if (!strcmp(verb, "active") && d->active < MOST_PROCESSES) {
    d->activePids[d->active] = number;
    d->activeSm[d->active++] = (int)named(line, "sm", 0);
  } else if (!strcmp(verb, "mig")) d->mig = number;
  else if (!strcmp(verb, "size") && number > 0 && number < 8) sscanf(line, "%*s %*d %*d %d", &d->sizes[number]);
  else if (!strcmp(verb, "util")) d->util = number;
  else if (!strcmp(verb, "limits")) sscanf(line, "%*s %*d %lf %lf", &d->least, &d->most);
  else if (!strcmp(verb, "reasons")) sscanf(line, "%*s %*d %llx", &d->reasons);
  else if (!strcmp(verb, "stride")) stride = index;
}

/* Looks at most ten times a second whether the script has changed. */
static void readScript(void) {
  double ms = machineMs();
  if (ms - lookedMs < 100) return;
  lookedMs = ms;
  const char *path = getenv("PERJOULE_FAKE_NVML");
  struct stat found;
  if (!path || stat(path, &found) || !memcmp(&found.st_mtim, &readAt, sizeof readAt)) return;
  FILE *file = fopen(path, "r");
  if (!file) return;
  readAt = found.st_mtim;
  deviceCount = ruleCount = 0;
  stride = 24;
  for (int i = 0; i < MOST_DEVICES; i++) {
    free(devices[i].points);
    memset(&devices[i], 0, sizeof devices[i]);
  }
  char *line = NULL;
  size_t size = 0;
  while (getline(&line, &size, file) > 0) readLine(line);
  free(line);
  fclose(file);
}

/* For tests that compute time; a negative number gives the machine's clock back. The script is read at once. */
void fakeSetTime(double ms) { ALONE; setMs = ms; lookedMs = -1e9; }

static int present(int device) {
  double t = nowMs();
  return device < deviceCount && !(t >= devices[device].absentFrom && t < devices[device].absentTo);
}

#define MOST_FUNCTIONS 64
static struct { const char *function; unsigned calls; } called[MOST_FUNCTIONS];
static void countCall(const char *function) {
  for (int i = 0; i < MOST_FUNCTIONS; i++) {
    if (called[i].function && strcmp(called[i].function, function)) continue;
    called[i].function = function;
    called[i].calls++;
    return;
  }
}
/* How often this function was asked since the library was loaded: a test of one that never is proves nothing. */
unsigned fakeCalls(const char *function) {
  for (int i = 0; i < MOST_FUNCTIONS && called[i].function; i++)
    if (!strcmp(called[i].function, function)) return called[i].calls;
  return 0;
}

/* The code that the script wants of this function, or what the state of the machine makes of it. */
static int decide(const char *function, const Handle *h, double *delay) {
  ALONE;
  readScript();
  countCall(function);
  double t = nowMs();
  for (int i = 0; i < ruleCount; i++) {
    const Rule *r = &rules[i];
    if (strcmp(r->function, function) || t < r->from || t >= r->to) continue;
    if (r->device >= 0 && (!h || h->device != r->device)) continue;
    if (r->crash) raise(SIGSEGV);
    *delay += r->delay;
    if (r->code) return r->code;
  }
  if (h) {
    const Device *d = &devices[h->device];
    if (!present(h->device)) return 15;
    if (t >= d->lostFrom && h->madeAt < d->lostTo) return 15;
  }
  return 0;
}
static int enter(const char *function, const Handle *h) {
  double delay = 0;
  int code = decide(function, h, &delay);
  if (delay > 0) usleep((useconds_t)(delay * 1000));
  return code;
}

#define LIBRARY int code = enter(__func__, NULL); if (code) return code; ALONE
#define STARTED LIBRARY; if (!initialised) return 1
#define DEVICE if (!initialised) return 1; int code = enter(__func__, h); if (code) return code; ALONE; \
  const Device *d = &devices[h->device]; (void)d
#define WHOLE if (h->part) return 3

static int handleOf(int device, Handle **out) {
  const Device *d = &devices[device];
  double t = nowMs();
  if (t >= d->lostFrom && t < d->lostTo) return 15;
  *out = malloc(sizeof(Handle));
  **out = (Handle){device, 0, t};
  return 0;
}
static int text(const char *from, char *into, unsigned size) {
  if (strlen(from) + 1 > size) return 7;
  strcpy(into, from);
  return 0;
}

int nvmlInit_v2(void) { LIBRARY; initialised++; return 0; }
int nvmlShutdown(void) { LIBRARY; if (!initialised) return 1; initialised--; return 0; }
int nvmlSystemGetDriverVersion(char *into, unsigned size) {
  STARTED;
  char version[32];
  snprintf(version, sizeof version, "%d.42.01", DRIVER);
  return text(version, into, size);
}
int nvmlDeviceGetCount_v2(unsigned *count) {
  STARTED;
  *count = 0;
  for (int i = 0; i < deviceCount; i++) *count += present(i);
  return 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, Handle **out) {
  STARTED;
  for (int i = 0; i < deviceCount; i++)
    if (present(i) && index-- == 0) return handleOf(i, out);
  return 2;
}
int nvmlDeviceGetHandleByUUID(const char *uuid, Handle **out) {
  STARTED;
  for (int i = 0; i < deviceCount; i++)
    if (present(i) && !strcmp(devices[i].uuid, uuid)) return handleOf(i, out);
  return 6;
}
int nvmlDeviceGetName(Handle *h, char *into, unsigned size) { DEVICE; return text(d->name, into, size); }
int nvmlDeviceGetUUID(Handle *h, char *into, unsigned size) { DEVICE; return text(d->uuid, into, size); }
int nvmlDeviceGetTotalEnergyConsumption(Handle *h, unsigned long long *mj) {
  DEVICE; WHOLE;
  if (d->module) return 3;
  *mj = counterMj(d, nowMs());
  return 0;
}
/* As on Ampere and later: the mean of a second where the chip has one. */
int nvmlDeviceGetPowerUsage(Handle *h, unsigned *mw) {
  DEVICE; WHOLE;
  if (d->module) return 3;
  *mw = (unsigned)lround(1000 * sensedW(d, nowMs(), d->average > 0 ? d->average : d->window));
  return 0;
}
typedef struct {
  unsigned id, scope; long long timestamp, latency; unsigned type; int code; unsigned long long value;
} Field;
int nvmlDeviceGetFieldValues(Handle *h, int count, Field *fields) {
  DEVICE; WHOLE;
  for (int i = 0; i < count; i++) {
    Field *f = &fields[i];
    f->type = 1;
    f->code = f->scope != (d->module ? 1 : 0) ? 3 : 0;
#if DRIVER < 525
    f->code = 3;
#endif
    double window = f->id == 186 ? d->window : f->id == 185 ? d->average : 0;
    if (window <= 0) f->code = 3;
    if (f->id == 83) {
      f->type = 3;
      f->code = d->module ? 3 : enter("nvmlDeviceGetTotalEnergyConsumption", h);
      if (!f->code) f->value = counterMj(d, nowMs());
    } else if (!f->code) f->value = (unsigned)lround(1000 * sensedW(d, nowMs(), window));
  }
  return 0;
}
/* What was set stands, whatever the script says since. */
static double setLimits[MOST_DEVICES];
static double limitOf(const Handle *h) { return setLimits[h->device] > 0 ? setLimits[h->device] : devices[h->device].limit; }
int nvmlDeviceGetEnforcedPowerLimit(Handle *h, unsigned *mw) { DEVICE; *mw = (unsigned)(limitOf(h) * 1000); return 0; }
int nvmlDeviceGetPowerManagementLimit(Handle *h, unsigned *mw) { DEVICE; *mw = (unsigned)(limitOf(h) * 1000); return 0; }
int nvmlDeviceGetPowerManagementDefaultLimit(Handle *h, unsigned *mw) { DEVICE; *mw = (unsigned)(d->limit * 1000); return 0; }
int nvmlDeviceGetPowerManagementLimitConstraints(Handle *h, unsigned *least, unsigned *most) {
  DEVICE;
  *least = (unsigned)(d->least * 1000);
  *most = (unsigned)(d->most * 1000);
  return 0;
}
int nvmlDeviceSetPowerManagementLimit(Handle *h, unsigned mw) {
  DEVICE;
  if (mw < d->least * 1000 || mw > d->most * 1000) return 2;
  setLimits[h->device] = mw / 1000.0;
  return 0;
}
int nvmlDeviceGetUtilizationRates(Handle *h, unsigned *rates) {
  DEVICE;
  if (d->mig) return 3;
  rates[0] = d->util;
  rates[1] = 20;
  return 0;
}
#if DRIVER >= 510
int nvmlDeviceGetMemoryInfo_v2(Handle *h, unsigned long long *m) {
  DEVICE;
  if ((unsigned)m[0] != 0x02000028) return 25;
  m[1] = (unsigned long long)(d->memory * 1073741824);
  m[2] = 1 << 28;
  m[4] = (unsigned long long)d->processes << 30;
  m[3] = m[1] - m[2] - m[4];
  return 0;
}
#endif
int nvmlDeviceGetMemoryInfo(Handle *h, unsigned long long *m) {
  DEVICE;
  m[0] = (unsigned long long)(d->memory * 1073741824);
  m[2] = ((unsigned long long)d->processes << 30) + (1 << 28);
  m[1] = m[0] - m[2];
  return 0;
}
int nvmlDeviceGetClockInfo(Handle *h, int type, unsigned *mhz) { DEVICE; *mhz = type == 2 ? 2619 : 1980; return 0; }
#if DRIVER >= 535
int nvmlDeviceGetCurrentClocksEventReasons(Handle *h, unsigned long long *bits) { DEVICE; *bits = d->reasons; return 0; }
#endif
int nvmlDeviceGetCurrentClocksThrottleReasons(Handle *h, unsigned long long *bits) { DEVICE; *bits = d->reasons; return 0; }
int nvmlDeviceGetTemperature(Handle *h, int sensor, unsigned *c) { DEVICE; if (sensor) return 2; *c = 41; return 0; }
#if DRIVER >= 570
int nvmlDeviceGetTemperatureV(Handle *h, int *value) {
  DEVICE;
  if (value[0] != 0x0100000c) return 25;
  value[2] = 41;
  return 0;
}
#endif
#if DRIVER >= 470
int nvmlDeviceGetMigMode(Handle *h, unsigned *current, unsigned *pending) {
  DEVICE;
  if (d->mig == 0) return 3;
  *current = *pending = 1;
  return 0;
}
int nvmlDeviceGetMaxMigDeviceCount(Handle *h, unsigned *count) { DEVICE; *count = d->mig ? 7 : 0; return 0; }
/* Every second position is a hole, as after instances were destroyed. */
int nvmlDeviceGetMigDeviceHandleByIndex(Handle *h, unsigned index, Handle **out) {
  DEVICE;
  if (index % 2 || (int)index / 2 >= d->mig) return 6;
  *out = malloc(sizeof(Handle));
  **out = (Handle){h->device, (int)index / 2 + 1, nowMs()};
  return 0;
}
int nvmlDeviceGetAttributes_v2(Handle *h, unsigned *attributes) {
  DEVICE;
  if (!h->part) return 2;
  if (!d->sizes[h->part]) return 3;
  memset(attributes, 0, 40);
  attributes[0] = d->sizes[h->part];
  attributes[6] = attributes[7] = 1;
  return 0;
}
#endif
enum { GRAPHICS, COMPUTE, MPS };
static int list(Handle *h, unsigned *count, unsigned char *into, int size, int kind) {
  const Device *d = &devices[h->device];
  unsigned room = *count, wanted = 0;
  for (int i = 0; i < d->processes; i++) {
    int in = kind == MPS ? d->mps[i] : kind == COMPUTE ? !d->graphics[i] : d->graphics[i];
    if (!in || (d->mig && d->parts[i] != h->part)) continue;
    if (wanted < room) {
      unsigned char *entry = into + (size_t)wanted * size;
      memset(entry, 0xff, size);
      memcpy(entry, &d->pids[i], 4);
      memset(entry + 4, 0, 4);
      memset(entry + 8, 1, 8);
    }
    wanted++;
  }
  *count = wanted;
  return wanted > room ? 7 : 0;
}
int nvmlDeviceGetComputeRunningProcesses(Handle *h, unsigned *n, void *l) { DEVICE; return list(h, n, l, 16, COMPUTE); }
int nvmlDeviceGetGraphicsRunningProcesses(Handle *h, unsigned *n, void *l) { DEVICE; return list(h, n, l, 16, GRAPHICS); }
#if DRIVER >= 470
int nvmlDeviceGetComputeRunningProcesses_v2(Handle *h, unsigned *n, void *l) { DEVICE; return list(h, n, l, 24, COMPUTE); }
int nvmlDeviceGetGraphicsRunningProcesses_v2(Handle *h, unsigned *n, void *l) { DEVICE; return list(h, n, l, 24, GRAPHICS); }
#endif
/* What ran at each sixth of a second since a moment, of the last ten seconds. */
typedef struct { unsigned pid; unsigned long long time; unsigned sm, memory, encoder, decoder; } Ran;
static unsigned addRan(Ran *into, unsigned at, unsigned room, int pid, int sm, unsigned long long tick) {
  if (sm <= 0) return at;
  if (at < room) into[at] = (Ran){(unsigned)pid, tick * 166667, (unsigned)sm, 10, 0, 0};
  return at + 1;
}
int nvmlDeviceGetProcessUtilization(Handle *h, Ran *into, unsigned *count, unsigned long long since) {
  DEVICE;
  if (d->mig) return 3;
  unsigned room = into ? *count : 0, found = 0;
  unsigned long long last = (unsigned long long)(nowMs() / 166.667), first = since / 166667 + 1;
  if (first + 60 < last) first = last - 60;
  for (unsigned long long tick = first; tick <= last; tick++) {
    for (int i = 0; i < d->processes; i++) found = addRan(into, found, room, d->pids[i], d->sm[i], tick);
    for (int i = 0; i < d->active; i++) found = addRan(into, found, room, d->activePids[i], d->activeSm[i], tick);
  }
  *count = found;
  return found == 0 ? 6 : found > room ? 7 : 0;
}
#if DRIVER >= 510
int nvmlDeviceGetComputeRunningProcesses_v3(Handle *h, unsigned *n, void *l) { DEVICE; return list(h, n, l, stride, COMPUTE); }
int nvmlDeviceGetGraphicsRunningProcesses_v3(Handle *h, unsigned *n, void *l) { DEVICE; return list(h, n, l, stride, GRAPHICS); }
int nvmlDeviceGetMPSComputeRunningProcesses_v3(Handle *h, unsigned *n, void *l) { DEVICE; return list(h, n, l, stride, MPS); }
#endif
