"""Writes a page as docs/format.md says, with nothing but Python's own library.

    python3 write_page.py DIRECTORY

Prints the path of its page, then obeys one line on standard input at a time and answers each with "ok":
counter NAME AMOUNT | gauge NAME VALUE | meter NAME AMOUNT | average NAME VALUE | record NAME VALUE | explicit NAME VALUE
fill NAME SERIES | remove NAME | end
"""
import fcntl, json, math, mmap, os, secrets, socket, stat, struct, sys, time

BLOCK, CHUNK_COUNT, LOG_END, HEARTBEAT, ENDED, DIRECTORY = 4096, 2064, 2068, 2072, 2080, 2176
MONOTONIC_BEAT, MONOTONIC_START, CLOCK_OFFSET, BOOT = 2088, 2096, 2104, 2112
LOG, CELLS, MOST_CHUNKS = 1, 2, 120
BOUNDS = [float(bound) for bound in """
1.0218971486541166 1.0442737824274138 1.0671404006768237 1.0905077326652577 1.1143867425958924 1.1387886347566916
1.1637248587775775 1.189207115002721 1.215247359980469 1.241857812073484 1.2690509571917332 1.2968395546510096
1.3252366431597413 1.3542555469368927 1.383909881963832 1.4142135623730951 1.4451808069770467 1.4768261459394993
1.5091644275934228 1.5422108254079407 1.5759808451078865 1.6104903319492543 1.645755478153965 1.681792830507429
1.718619298122478 1.7562521603732995 1.7947090750031072 1.8340080864093424 1.8741676341103 1.9152065613971474
1.9571441241754002 2.0""".split()]
EXPLICIT_BOUNDS = [1, 10, 100]

def make_directory(path):
    os.makedirs(path, 0o700, exist_ok=True)
    status = os.lstat(path)
    safe = stat.S_ISDIR(status.st_mode) and status.st_uid in (0, os.geteuid())
    if not safe or status.st_mode & 0o022 and not status.st_mode & stat.S_ISVTX:
        sys.exit("%s is not safe for pages" % path)

class Page:
    def __init__(self, directory, app):
        make_directory(directory)
        name = "%s-%d-0-%s.page" % (app, os.getpid(), secrets.token_hex(4))
        self.file, temporary = os.path.join(directory, name), os.path.join(directory, "." + name)
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
        self.lock = os.open(temporary, flags | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # A mapping keeps the lock of the descriptor that it was made from, so map from another one.
        self.maps = os.open(temporary, flags)
        assert os.fstat(self.maps).st_ino == os.fstat(self.lock).st_ino
        self.size = max(BLOCK, mmap.PAGESIZE)
        os.posix_fallocate(self.lock, 0, self.size)
        about = {"pid": os.getpid(), "tid": 0, "app": app, "host": socket.gethostname(), "startedAt": time.time()}
        text, line = b"The metrics of a Python process.\n", json.dumps(about).encode()
        header = b"plimsoll page 1\n" + (text + line + b"\n").ljust(2031) + b"\n"
        os.pwrite(self.lock, header + struct.pack("<4I", 1, self.size, 16 + len(text), len(line)), 0)
        self.header = mmap.mmap(self.maps, BLOCK)
        # Casts store a whole word at once; struct.pack_into goes byte by byte.
        self.words, self.times = memoryview(self.header).cast("I"), memoryview(self.header).cast("d")
        self.chunks, self.logs, self.log_end, self.cells, self.first, self.used = 0, [], 0, [], 0, 0
        self.families, self.names, self.series, self.free = 0, {}, {}, {}
        with open("/proc/sys/kernel/random/boot_id") as file:
            self.header[BOOT : BOOT + 16] = bytes.fromhex(file.read().strip().replace("-", ""))
        self.times[MONOTONIC_START // 8] = time.monotonic()
        self.beat()
        self.grow(LOG, 1)
        self.grow(CELLS, 1)
        os.rename(temporary, self.file)

    def grow(self, kind, size):
        if self.chunks == MOST_CHUNKS:
            sys.exit("no more chunks")
        size = -(-max(size, 8192, self.size // 4) // mmap.PAGESIZE) * mmap.PAGESIZE
        start, self.size = self.size, self.size + size
        os.posix_fallocate(self.lock, start, size)
        if kind == LOG:
            self.logs.append((start, size))
        else:
            self.cells = memoryview(mmap.mmap(self.maps, size, offset=start)).cast("d")
            self.first, self.used = start // 8, 0
        entry = (DIRECTORY + 16 * self.chunks) // 4
        for i, word in enumerate((kind, start // BLOCK, size // BLOCK)):
            self.words[entry + i] = word
        self.chunks += 1
        self.words[CHUNK_COUNT // 4] = self.chunks

    def announce(self, **line):
        data = json.dumps(line).encode() + b"\n"
        room = sum(size for _, size in self.logs)
        if self.log_end + len(data) > room:
            self.grow(LOG, self.log_end + len(data) - room)
        at, skipped = self.log_end, 0
        self.log_end += len(data)
        for start, size in self.logs:
            part = data[: max(0, skipped + size - at)] if at >= skipped else b""
            os.pwrite(self.lock, part, start + at - skipped)
            at, skipped, data = at + len(part), skipped + size, data[len(part) :]
        self.words[LOG_END // 4] = self.log_end

    def allocate(self, count):
        if self.free.get(count):
            return self.free[count].pop()
        if self.used + count > len(self.cells):
            self.grow(CELLS, 8 * count)
        self.used += count
        return self.cells, self.used - count, self.first + self.used - count

    def family(self, name, kind, **more):
        if name not in self.names:
            self.names[name] = self.families
            self.families += 1
            self.announce(family=self.names[name], name=name, kind=kind, **more)
        return self.names[name]

    def number(self, name, kind, *values, **more):
        """A series of cells that begin at 0: its array, and its place in there."""
        count = {"meter": 7, "average": 2}.get(kind, 1)
        family, (cells, at, number) = self.family(name, kind, **more), self.allocate(count)
        if kind == "meter":
            cells[at + 1] = time.monotonic()
        self.series.setdefault(name, []).append((count, cells, at, number))
        self.announce(of=family, at=number, **({"labels": list(values)} if values else {}))
        return cells, at

    def remove(self, name):
        """All series of a family, and the family; their cells are used again."""
        gone = self.series.pop(name)
        for i in range(0, len(gone), 10000):
            self.announce(removed=[number for _, _, _, number in gone[i : i + 10000]])
        self.announce(removed=[], families=[self.names.pop(name)])
        for count, cells, at, number in gone:
            for i in range(count):
                cells[at + i] = 0
            self.free.setdefault(count, []).append((cells, at, number))

    def histogram(self, name, bounds=None):
        more = {"bounds": bounds} if bounds else {}
        return Histogram(self, self.family(name, "histogram", **more), bounds)

    def beat(self):
        now, offset = time.monotonic(), time.time() - time.monotonic()
        # The two clocks are read one after the other: a small difference is none.
        if abs(offset - self.times[CLOCK_OFFSET // 8]) > 0.1:
            self.times[CLOCK_OFFSET // 8] = offset
        self.times[HEARTBEAT // 8], self.times[MONOTONIC_BEAT // 8] = time.time(), now

    def end(self):
        self.beat()
        self.times[ENDED // 8] = time.time()
        os.close(self.lock)

class Histogram:
    def __init__(self, page, family, bounds):
        self.page, self.bounds, self.octaves = page, bounds, {}
        self.cells, self.at, self.number = page.allocate(len(bounds) + 4 if bounds else 4)
        self.cells[self.at + 1], self.cells[self.at + 2] = math.inf, -math.inf
        page.announce(of=family, at=self.number)

    def record(self, value):
        cells, at = self.cells, self.at
        cells[at] += value
        cells[at + 1] = min(cells[at + 1], value)
        cells[at + 2] = max(cells[at + 2], value)
        if self.bounds:
            cells[at + 3 + sum(bound < value for bound in self.bounds)] += 1
        elif value < sys.float_info.min:
            cells[at + 3] += 1
        else:
            self.count(value)

    def count(self, value):
        mantissa, exponent = math.frexp(value)
        mantissa, exponent = mantissa * 2, exponent - 1
        bucket = sum(bound < mantissa for bound in BOUNDS)
        if mantissa == 1:
            exponent, bucket = exponent - 1, 31
        if exponent not in self.octaves:
            cells, at, number = self.page.allocate(32)
            self.page.announce(at=self.number, octave=exponent, cells=number)
            self.octaves[exponent] = cells, at
        cells, at = self.octaves[exponent]
        cells[at + bucket] += 1

def main():
    page, known = Page(sys.argv[1], "python"), {}
    page.beat()
    print(page.file, flush=True)
    for command, *words in map(str.split, sys.stdin):
        if command == "end":
            page.end()
        elif command == "fill":
            for i in range(int(words[1])):
                cells, at = page.number(words[0], "counter", "series %d" % i, labels=["n"])
                cells[at] = i
        elif command == "remove":
            page.remove(words[0])
            known.pop(words[0], None)
        elif command in ("counter", "gauge", "meter", "average"):
            cells, at = known.get(words[0]) or known.setdefault(words[0], page.number(words[0], command))
            if command == "average":
                cells[at + 1] += float(words[1])
                words[1] = 1
            cells[at] = float(words[1]) + (cells[at] if command != "gauge" else 0)
        else:
            bounds = EXPLICIT_BOUNDS if command == "explicit" else None
            histogram = known.get(words[0]) or known.setdefault(words[0], page.histogram(words[0], bounds))
            histogram.record(float(words[1]))
        print("ok", flush=True)

if __name__ == "__main__":
    main()
