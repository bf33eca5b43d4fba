// The SIGBUS handler that keeps a writer alive when its page's file is cut short (docs/adr/0002-sigbus-guard.md).
// AArch64 Linux. The same steps, table and reasons as sigbus-x64.S, where they are explained at length.
// Makes the text of src/os/sigbus-code.ts:
//   aarch64-linux-gnu-as -o sigbus.o scripts/sigbus/sigbus-arm64.S &&
//   aarch64-linux-gnu-objcopy -O binary -j .text sigbus.o sigbus.bin && xxd -p sigbus.bin
//
// Called as handler(x0: signal, x1: siginfo_t *, x2: context), with x30 leading back to the kernel: nothing here may
// change x30 or leave sp moved. All other registers are restored from the context.

        .text

        .set TABLE, 0x10000
        .set PAGE_SIZE, 8
        .set LOST, 16
        .set SLOTS, 24
        .set PREVIOUS, 64
        .set FIRST_SLOT, 256

        .set SI_CODE, 8
        .set SI_ADDR, 16
        .set BUS_ADRERR, 2
        .set SIG_IGN, 1
        .set SYS_rt_sigaction, 134
        .set SYS_getpid, 172
        .set SYS_gettid, 178
        .set SYS_mmap, 222
        .set SYS_rt_tgsigqueueinfo, 240

signature:
        .ascii  "plimsoll-sigbus1"

handler:
        // bti c: a landing place where branch targets are checked, a no-op elsewhere.
        hint    #34
        // x9: table. x19, x20, x21: the arguments, kept over system calls.
        adr     x9, signature + TABLE
        mov     x19, x0
        mov     x20, x1
        mov     x21, x2

        // Only an access beyond the end of a file is ours.
        ldr     w10, [x1, #SI_CODE]
        cmp     w10, #BUS_ADRERR
        b.ne    foreign

        // Look for a slot with start <= address < end. The acquiring loads keep the order end, start, end again,
        // which this processor would otherwise be free to change.
        ldr     x10, [x1, #SI_ADDR]
        ldr     x15, [x9, #SLOTS]
        add     x11, x9, #FIRST_SLOT
scan:
        add     x12, x11, #8
        ldar    x13, [x12]
        cmp     x10, x13
        b.hs    next
        ldar    x14, [x11]
        cmp     x10, x14
        b.lo    next
        ldr     x14, [x12]
        cmp     x13, x14
        b.eq    replace
next:
        add     x11, x11, #16
        subs    x15, x15, #1
        b.ne    scan
        b       foreign

        // mmap(page, size, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)
replace:
        ldr     x1, [x9, #PAGE_SIZE]
        neg     x0, x1
        and     x0, x0, x10
        mov     x2, #3
        mov     x3, #0x32
        mov     x4, #-1
        mov     x5, #0
        mov     x8, #SYS_mmap
        svc     #0
        // -4095..-1 is an error.
        cmn     x0, #4095
        b.hs    foreign
        add     x10, x9, #LOST
count:
        ldaxr   x11, [x10]
        add     x11, x11, #1
        stlxr   w12, x11, [x10]
        cbnz    w12, count
        ret

        // Not ours: as if this handler were not there. x16, because a checked landing place takes a jump from there.
foreign:
        ldr     x16, [x9, #PREVIOUS]
        cmp     x16, #SIG_IGN
        b.lo    default
        b.eq    ignored
        mov     x0, x19
        mov     x1, x20
        mov     x2, x21
        br      x16

        // Signals sent by somebody were ignored, and are.
ignored:
        ldr     w10, [x20, #SI_CODE]
        cmp     w10, #0
        b.le    done

        // Give the old disposition back: rt_sigaction(signal, {handler, 0, 0, 0}, 0, 8).
default:
        stp     x16, xzr, [sp, #-32]!
        stp     xzr, xzr, [sp, #16]
        mov     x0, x19
        mov     x1, sp
        mov     x2, #0
        mov     x3, #8
        mov     x8, #SYS_rt_sigaction
        svc     #0
        add     sp, sp, #32

        // Send the signal again to this thread, with the same siginfo; it kills when this handler returns.
        mov     x8, #SYS_getpid
        svc     #0
        mov     x22, x0
        mov     x8, #SYS_gettid
        svc     #0
        mov     x1, x0
        mov     x0, x22
        mov     x2, x19
        mov     x3, x20
        mov     x8, #SYS_rt_tgsigqueueinfo
        svc     #0
done:
        ret
