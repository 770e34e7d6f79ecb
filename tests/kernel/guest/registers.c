/* Has User-mode Linux set registers on processors that have more of them than it has room for.
 *
 * The kernel below it takes the extended state of a process (XSAVE) only whole, and the tiles of
 * AMX make that larger than Linux 6.1 as a program knows: "ptrace set fp regs failed". What it
 * does not know no process uses, since a process has to ask for it (arch_prctl(2)): that part
 * is as at the start.
 *
 * Loaded before the C library (LD_PRELOAD), whose ptrace this stands in for.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

typedef long call(enum __ptrace_request, pid_t, void *, void *);

static char state[1 << 16];

/* The size of the whole state of a process that is traced; 0: not known. */
static size_t whole_size(call *traced, pid_t process)
{
    static size_t size;
    struct iovec whole = {state, sizeof state};

    if (!size && !traced(PTRACE_GETREGSET, process, (void *) NT_X86_XSTATE, &whole)) {
        size = whole.iov_len;
        memset(state, 0, sizeof state);
    }
    return size;
}

long ptrace(enum __ptrace_request request, ...)
{
    static call *traced;
    va_list arguments;

    va_start(arguments, request);
    pid_t process = va_arg(arguments, pid_t);
    void *address = va_arg(arguments, void *);
    void *data = va_arg(arguments, void *);
    va_end(arguments);

    if (!traced)
        traced = (call *) dlsym(RTLD_NEXT, "ptrace");
    if (request == PTRACE_SETREGSET && address == (void *) NT_X86_XSTATE) {
        const struct iovec *known = data;
        struct iovec whole = {state, whole_size(traced, process)};

        if (known->iov_len < whole.iov_len) {
            memcpy(state, known->iov_base, known->iov_len);
            return traced(request, process, address, &whole);
        }
    }
    return traced(request, process, address, data);
}
