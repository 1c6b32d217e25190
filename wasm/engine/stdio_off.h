/* Included before every C file: the engine prints only when it dumps its own structures, and
 * real stdio would make the module import file descriptors. Formatting into memory stays. */
#include <stdio.h>
#undef printf
#undef fprintf
#undef vfprintf
#undef putchar
#undef fputs
#undef puts
#undef fwrite
#undef fputc
#undef putc
#undef fflush
#define printf(...) ((void)0)
#define fprintf(...) ((void)0)
#define vfprintf(...) ((void)0)
#define putchar(c) ((void)0)
#define fputs(...) ((void)0)
#define puts(...) ((void)0)
#define fwrite(...) (0)
#define fputc(...) ((void)0)
#define putc(...) ((void)0)
#define fflush(...) ((void)0)
