/* A service that logs: numbered lines of 64 bytes, one write(2) each, in O_APPEND.
   writer FILE LINES-PER-SECOND(0: as fast as it goes) KEEP|REOPEN; ends at SIGTERM and prints how
   many lines it wrote. REOPEN: it looks every 256 lines whether its log was given another name.
   JUMP: not in O_APPEND. HUP, USR1: it reopens at that signal; LATE: half a second after SIGHUP. BURST:
   500 lines at once, then a rest. FILE - is stdout; with COUNT the number is written to that file. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stopping = 0;
static void stop(int signal) { (void)signal; stopping = 1; }

static volatile sig_atomic_t hung_up = 0;
static void hang_up(int signal) { (void)signal; hung_up = 1; }

static int mode = O_APPEND;
static int opened(const char *file) { return strcmp(file, "-") == 0 ? 1 : open(file, O_WRONLY | O_CREAT | mode, 0644); }

static int replaced(int fd, const char *file) {
  struct stat held, named;
  if (fstat(fd, &held) != 0) return 0;
  return stat(file, &named) != 0 || named.st_ino != held.st_ino;
}

int main(int count, char **args) {
  if (count < 4) return 64;
  long rate = atol(args[2]);
  int reopens = strcmp(args[3], "REOPEN") == 0;
  int late = strcmp(args[3], "LATE") == 0;
  int usr1 = strcmp(args[3], "USR1") == 0;
  int asks = late || usr1 || strcmp(args[3], "HUP") == 0;
  int bursts = strcmp(args[3], "BURST") == 0;
  double delay = late ? 0.5 : 0;
  if (strcmp(args[3], "JUMP") == 0) mode = O_TRUNC;
  int fd = opened(args[1]);
  if (fd < 0) return 1;
  signal(SIGTERM, stop);
  if (asks) signal(usr1 ? SIGUSR1 : SIGHUP, hang_up);
  struct timespec start, now, asked;
  clock_gettime(CLOCK_MONOTONIC, &start);
  unsigned long lines = 0;
  char line[65];
  while (!stopping) {
    snprintf(line, sizeof line, "%012lu a line of a log that nobody may lose", lines);
    size_t length = strlen(line);
    memset(line + length, '.', 63 - length);
    line[63] = '\n';
    if (write(fd, line, 64) != 64) return 2;
    lines++;
    if (reopens && lines % 256 == 0 && replaced(fd, args[1])) {
      close(fd);
      fd = opened(args[1]);
      if (fd < 0) return 1;
    }
    if (bursts && lines % 500 == 0) usleep(400000);
    if (asks && hung_up) {
      clock_gettime(CLOCK_MONOTONIC, &now);
      if (hung_up == 1) { asked = now; hung_up = 2; }
      if ((now.tv_sec - asked.tv_sec) + (now.tv_nsec - asked.tv_nsec) / 1e9 >= delay) {
        hung_up = 0;
        close(fd);
        fd = opened(args[1]);
        if (fd < 0) return 1;
      }
    }
    if (rate > 0 && lines % (rate / 100 > 0 ? rate / 100 : 1) == 0) {
      for (;;) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        double passed = (now.tv_sec - start.tv_sec) + (now.tv_nsec - start.tv_nsec) / 1e9;
        double wanted = (double)lines / rate;
        if (passed >= wanted || stopping) break;
        usleep((useconds_t)((wanted - passed) * 1e6) + 1);
      }
    }
  }
  if (count > 4) {
    FILE *told = fopen(args[4], "w");
    if (told == NULL) return 3;
    fprintf(told, "%lu\n", lines);
    return fclose(told) == 0 ? 0 : 3;
  }
  printf("%lu\n", lines);
  return 0;
}
