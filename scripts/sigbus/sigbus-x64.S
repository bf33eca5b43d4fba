# The SIGBUS handler that keeps a writer alive when its page's file is cut short (docs/adr/0002-sigbus-guard.md).
# x86-64 Linux. Position independent: the table lies TABLE bytes behind the first byte of this code, wherever that is.
# Makes the text of src/os/sigbus-code.ts:
#   as --64 -o sigbus.o scripts/sigbus/sigbus-x64.S && objcopy -O binary -j .text sigbus.o sigbus.bin && xxd -p sigbus.bin
#
# Kernel and libc call it as handler(rdi: signal, rsi: siginfo_t *, rdx: context). Every register is restored from the
# context when it returns, so all of them may be used; only a previous handler must find those three as they were.
# No libc function is called: system calls are raw, so errno of the interrupted code stays as it was.

        .intel_syntax noprefix
        .text

        .set TABLE, 0x10000             # the table, from the signature; src/os/sigbus.ts has the same numbers
        .set PAGE_SIZE, 8               # in the table: size of a memory page, a power of two
        .set LOST, 16                   # in the table: pages replaced so far
        .set SLOTS, 24                  # in the table: how many slots there are
        .set PREVIOUS, 64               # in the table: libc's struct sigaction of the handler before this one
        .set FIRST_SLOT, 256            # in the table: slots of two words, start and end of a mapping

        .set SI_CODE, 8                 # offsets in siginfo_t
        .set SI_ADDR, 16
        .set BUS_ADRERR, 2
        .set SIG_IGN, 1
        .set SYS_mmap, 9
        .set SYS_rt_sigaction, 13
        .set SYS_getpid, 39
        .set SYS_gettid, 186
        .set SYS_rt_tgsigqueueinfo, 297

# 16 bytes in front of the handler, by which another thread or copy of the package knows it. The digit is the version of
# table and handler together.
signature:
        .ascii "plimsoll-sigbus1"

handler:
        endbr64
        # rbx: table. r12, r13, r14: the arguments, kept over system calls.
        lea     rbx, [rip + signature + TABLE]
        mov     r12, rdi
        mov     r13, rsi
        mov     r14, rdx

        # Only an access beyond the end of a file is ours; not a memory failure, not a signal that somebody sent.
        cmp     dword ptr [rsi + SI_CODE], BUS_ADRERR
        jne     foreign

        # Look for a slot with start <= address < end. An end of 0 is a slot that is free or being filled.
        # End is read again after start: had the slot been given up and filled anew in between, the two did not belong
        # together. Loads are not reordered on x86.
        mov     r8, [rsi + SI_ADDR]
        mov     rcx, [rbx + SLOTS]
        lea     r9, [rbx + FIRST_SLOT]
scan:
        mov     rax, [r9 + 8]
        cmp     r8, rax
        jae     next
        cmp     r8, [r9]
        jb      next
        cmp     rax, [r9 + 8]
        je      replace
next:
        add     r9, 16
        dec     rcx
        jnz     scan
        jmp     foreign

        # Put a private page of zeros in place of the page that the file has lost:
        # mmap(page, size, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0).
replace:
        mov     rsi, [rbx + PAGE_SIZE]
        mov     rdi, rsi
        neg     rdi
        and     rdi, r8
        mov     edx, 3
        mov     r10d, 0x32
        mov     r8, -1
        xor     r9d, r9d
        mov     eax, SYS_mmap
        syscall
        # Errors are -4095..-1. No memory, or too many mappings: nothing more to be done here.
        cmp     rax, -4096
        ja      foreign
        lock inc qword ptr [rbx + LOST]
        # The access is repeated, and finds memory.
        ret

        # Not ours: as if this handler were not there.
foreign:
        mov     rax, [rbx + PREVIOUS]
        cmp     rax, SIG_IGN
        jb      default
        je      ignored
        # A previous handler gets the same arguments and stack, and returns to where this one would have.
        # With or without SA_SIGINFO makes no difference to the call.
        mov     rdi, r12
        mov     rsi, r13
        mov     rdx, r14
        jmp     rax

        # Signals sent by somebody (si_code <= 0) were ignored, and are. The kernel does not let a fault be ignored.
ignored:
        cmp     dword ptr [r13 + SI_CODE], 0
        jle     done

        # Give the old disposition back: rt_sigaction(signal, {SIG_DFL, 0, 0, 0}, 0, 8). The kernel's struct is
        # handler, flags, restorer, mask; neither of the two needs a restorer. After SIG_IGN it ends the same way:
        # the repeated fault kills.
default:
        xor     ecx, ecx
        push    rcx
        push    rcx
        push    rcx
        push    rax
        mov     rdi, r12
        mov     rsi, rsp
        xor     edx, edx
        mov     r10d, 8
        mov     eax, SYS_rt_sigaction
        syscall
        add     rsp, 32

        # Send the signal again to this thread, with the same siginfo. It is blocked until this handler returns and then
        # kills: also where no access is repeated (kill -BUS). A debugger or core file sees what it would have seen.
        mov     eax, SYS_getpid
        syscall
        mov     rdi, rax
        mov     eax, SYS_gettid
        syscall
        mov     rsi, rax
        mov     rdx, r12
        mov     r10, r13
        mov     eax, SYS_rt_tgsigqueueinfo
        syscall
done:
        ret
