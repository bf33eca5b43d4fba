"""Reads a page as docs/format.md says, with nothing but Python's own library, and prints it as JSON.

    python3 read_page.py [--now UNIXTIME] FILE...
Exponential buckets are {bucket index at scale 5: count}.
"""
import fcntl, json, math, os, re, stat, struct, sys, time

BLOCK, ENTRY, DIRECTORY, MOST_CHUNKS, LARGEST, LONGEST_LINE = 4096, 16, 2176, 120, 2**28, 2**20
MOST_FAMILIES, MOST_LABELS, MOST_LABEL_BYTES, MOST_HELP, MOST_UNIT = 10_000, 64, 196_608, 4096, 64
MOST_STATES, MOST_STATE, MOST_BOUNDS, MOST_CAPACITY = 256, 128, 1000, 65_536
KINDS = {"counter", "gauge", "meter", "histogram", "timer", "average", "state", "text", "info"}
FLAGS = ("extremes", "upDownCounter", "removeAtZero", "recent", "exemplars", "sparse")
AGGREGATIONS, TYPES = {"sum", "min", "max", "mean", "last", "process"}, {"float", "int", "bool"}
FAMILY_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")
LABEL_NAME = re.compile(r"(?!__|(le|quantile|overflow|evicted)$)[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*")

PARTS = ("octave", "recent", "copies", "exemplar")

class Damaged(Exception): pass
class Stale(Exception): pass
def check(good, what):
    if not good:
        raise Damaged(what)
def is_int(value):
    return (type(value) is int or type(value) is float and value.is_integer()) and abs(value) < 2**53
def is_number(value):
    return type(value) in (int, float) and abs(value) <= sys.float_info.max
def parse(data):
    try:
        value = json.loads(data.decode("utf8", "replace"), parse_constant=lambda name: check(False, name))
    except (ValueError, RecursionError) as error:
        value = error
    check(type(value) is dict, "no JSON object: %s" % value)
    return value
def pread(fd, size, offset):
    data = os.pread(fd, size, offset)
    check(len(data) == size, "the file ends at byte %d" % (offset + len(data)))
    return data
def is_locked(fd):
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.flock(fd, fcntl.LOCK_UN)
    except BlockingIOError:
        return True
    return False
def add_family(line, families, names):
    number, name, kind, labels = line["family"], line.get("name"), line.get("kind"), line.get("labels", [])
    bounds, aggregation, type_ = line.get("bounds"), line.get("aggregation", "sum"), line.get("type", "float")
    check(is_int(number) and number >= 0 and number not in families, "number of family %r" % number)
    check(type(name) is str and len(name) <= 200 and FAMILY_NAME.fullmatch(name), "name %r" % name)
    texts = all(type(line.get(key, "")) is str for key in ("unit", "help", "aggregation", "type"))
    flags = all(type(line.get(key, False)) is bool for key in FLAGS)
    check(texts and flags, "unit, help, aggregation, type, " + ", ".join(FLAGS))
    check(type(kind) is str and name not in names, "kind, or a name twice")
    check(type(labels) is list, "labels")
    check(all(type(label) is str and len(label) <= 200 and LABEL_NAME.fullmatch(label) for label in labels), "labels")
    check(len(set(labels)) == len(labels), "labels")
    if "bounds" in line:
        good = type(bounds) is list and bounds and all(map(is_number, bounds))
        check(good and all(a < b for a, b in zip(bounds, bounds[1:])), "bounds")
    head = {"name": name, "kind": kind, "unit": line.get("unit", "s" if kind == "timer" else ""), "help": line.get("help", "")}
    head.update({"labelNames": labels}, **({"aggregation": aggregation} if kind == "gauge" else {}))
    head.update({"type": type_} if kind == "gauge" and type_ != "float" else {})
    head.update({"upDownCounter": True} if kind == "gauge" and line.get("upDownCounter") else {})
    head.update({"states": line.get("states", [])} if kind == "state" else {})
    over = line.get("over")
    sizes = list(over.values()) if type(over) is dict and set(over) in ({"values"}, {"seconds"}) else [0]
    check("over" not in line or is_int(sizes[0]) and sizes[0] > 0, "over")
    head.update({"over": over} if kind == "average" and "over" in line else {})
    most, idle = line.get("maxSeries", 1), line.get("expireAfterSeconds", 1)
    check(is_int(most) and most > 0 and is_number(idle) and idle > 0, "maxSeries, expireAfterSeconds")
    head.update({key: line[key] for key in ("maxSeries", "expireAfterSeconds") if key in line})
    names.add(name)
    known = kind in KINDS and aggregation in AGGREGATIONS and type_ in TYPES
    taken = sum(type(one) is dict for one in families.values()) < MOST_FAMILIES and within_limits(head, line)
    families[int(number)] = dict(head, series=[], line=line) if known and taken else name

def units(text):
    return len(text.encode("utf-16-le", "surrogatepass")) // 2

def within_limits(head, line):
    kind, states = head["kind"], head.get("states", [])
    bounds = line.get("bounds", []) if kind in ("histogram", "timer") else []
    capacity = line.get("capacity", 0) if kind == "text" else 0
    sizes = ((len(head["labelNames"]), MOST_LABELS), (units(head["help"]), MOST_HELP), (units(head["unit"]), MOST_UNIT))
    sizes += ((len(states), MOST_STATES), (len(bounds), MOST_BOUNDS), (capacity, MOST_CAPACITY))
    return all(size <= most for size, most in sizes) and all(units(state) <= MOST_STATE for state in states)

def head_cells(family):
    kind, bounds = family["kind"], family["line"].get("bounds")
    if kind in ("histogram", "timer"):
        return (4 if bounds is None else len(bounds) + 4) + (7 if kind == "timer" else 0)
    if kind == "state":
        return 10 + len(family["line"].get("states", []))
    if kind == "text":
        return 5 + 2 * -(-family["line"].get("capacity", 0) // 8)
    if kind == "gauge":
        return (2 if family.get("aggregation") == "last" else 1) + (93 if family["line"].get("extremes") else 0)
    if kind == "average":
        over = family["line"].get("over", {})
        return 71 if "seconds" in over else 4 if "values" in over else 2
    return {"meter": 7}.get(kind, 1)

def copy_cells(bounds):
    return 6 if bounds is None else 5 + -(-(len(bounds) + 1) // 2)

def add_series(line, family, heads, take):
    values, overflow, evicted = line.get("labels", []), line.get("overflow", False), line.get("evicted", False)
    good = type(values) is list and len(values) == len(family["labelNames"]) and all(type(v) is str for v in values)
    check(type(evicted) is type(overflow) is bool and (evicted or overflow or good), "labels of a series")
    labels = {"overflow": "true"} if overflow else dict(zip(family["labelNames"], values))
    if family["line"].get("sparse"):
        labels = {name: value for name, value in labels.items() if value}
    if not evicted and sum(len(v.encode("utf8", "surrogatepass")) for v in labels.values()) > MOST_LABEL_BYTES:
        return
    at, count = take(line.get("at"), head_cells(family))
    series = {"labels": {"evicted": "true"} if evicted else labels, "cells": (at, count), "size": count, "parts": {}}
    family["series"].append(series)
    heads[at] = series, family

def remove(line, families, names, heads, take):
    removed, gone = line["removed"], line.get("families", [])
    good = all(type(numbers) is list and all(is_int(n) and n >= 0 for n in numbers) for numbers in (removed, gone))
    check(good and all(number in families for number in gone), "what is removed")
    def remove_series(at):
        series, family = heads.pop(at)
        family["series"] = [one for one in family["series"] if one is not series]
        take(None, -series["size"])
    for at in removed:
        if at in heads:
            remove_series(at)
    for number in gone:
        family = families.pop(number)
        names.remove(family if type(family) is str else family["name"])
        for series in [] if type(family) is str else family["series"]:
            remove_series(series["cells"][0])

def add_part(line, series, family, take):
    parts = series["parts"]
    kind, bounds = next(kind for kind in PARTS if kind in line), family["line"].get("bounds")
    value, counter = line[kind], family["kind"] == "counter"
    check(value is True and not counter if kind == "recent" else is_int(value), kind)
    check(kind != "octave" or bounds is None and not counter and -1023 <= value <= 1023, "exponent")
    octaves = line.get("octaves", 1) if kind == "copies" else 1
    check(is_int(octaves) and 1 <= octaves <= 2048, "number of octaves")
    if kind == "copies" and not all(("octave", value + i) in parts for i in range(octaves)):
        return
    count = {"octave": 32, "recent": 4 * copy_cells(bounds), "copies": 64, "exemplar": 68}[kind]
    first = take(line.get("cells"), octaves * count)[0]
    series["size"] += octaves * count
    for i in range(octaves):
        check((kind, value + i) not in parts, "a part twice")
        parts[kind, value + i] = first + i * count

def read_log(log, take):
    families, names, heads = {}, set(), {}
    check(log == b"" or log.endswith(b"\n"), "end of the last line")
    for text in log.split(b"\n")[:-1]:
        check(len(text) < LONGEST_LINE, "length of a line")
        line = parse(text)
        if "family" in line:
            add_family(line, families, names)
        elif "of" in line:
            check(is_int(line["of"]) and line["of"] in families, "family of a series")
            if type(families[line["of"]]) is dict:
                add_series(line, families[line["of"]], heads, take)
        elif "removed" in line:
            remove(line, families, names, heads, take)
        elif any(kind in line for kind in PARTS):
            check(type(line.get("at")) in (int, float), "series of a part")
            kind = heads[line["at"]][1]["kind"] if line["at"] in heads else None
            if kind in ("histogram", "timer") or kind == "counter" and heads[line["at"]][1]["line"].get("exemplars"):
                add_part(line, *heads[line["at"]], take)
    return sorted((one for one in families.values() if type(one) is dict), key=lambda family: family["name"])

def show_rates(at, count, cell, now, end):
    started, ticked, ticked_count = (cell(at + i) for i in range(3))
    if not ticked > 0:
        return {}
    age, silent = max(end, ticked) - started, now - ticked
    found = {"mean": count / age if age > 0 else 0}
    for i, minutes in enumerate((1, 5, 15)):
        average = cell(at + 3 + i)
        if silent >= 10:
            average += -math.expm1(-silent / (60 * minutes)) * (max(0, count - ticked_count) / silent - average)
        found["m%d" % minutes] = average
    return {"rates": found}

def show_extremes(at, value, cell, end):
    slices = sorted(filter(lambda slice: slice[0] > 0, (tuple(cell(at + 3 * i + j) for j in range(3)) for i in range(31))))
    now, found, until = max([end] + [start for start, _, _ in slices]), [], None
    for start, least, most in reversed(slices):
        if least <= most and math.isfinite(least) and math.isfinite(most):
            found.append((start, now if until is None else until, least, most))
        until = start
    def over(seconds):
        inside = [slice for slice in found if slice is found[0] or slice[1] > now - seconds]
        least, most = min(slice[2] for slice in inside), max(slice[3] for slice in inside)
        return {"seconds": now - inside[-1][0], "min": min(value, least), "max": max(value, most)}
    return {"extremes": {"1m": over(60), "5m": over(300)}} if found else {}

def show_window(at, over, cell, end):
    if "values" in over:
        return {"window": {"count": cell(at + 2), "sum": cell(at + 3)}}
    marks = sorted(filter(lambda mark: mark[0] > 0, (tuple(cell(at + 2 + 3 * i + j) for j in range(3)) for i in range(23))))
    if not over or not marks:
        return {}
    now = max(end, marks[-1][0])
    time, count, total = ([mark for mark in marks if mark[0] <= now - over["seconds"]] or marks[:1])[-1]
    came = cell(at) - count > 0
    window = {"count": cell(at) - count if came else 0, "sum": cell(at + 1) - total if came else 0, "seconds": now - time}
    return {"window": window}

def show_state(at, states, cell, end):
    record = at + 1 + 4 * int(cell(at) % 2)
    number, entered, before = (cell(record + i) for i in range(3))
    if number + entered + before != cell(record + 3):
        number = -1
    seconds = {state: cell(at + 10 + i) for i, state in enumerate(states)}
    value = states[int(number)] if 0 <= number < len(states) else None
    seconds.update({} if value is None else {value: before + max(0, end - entered)})
    return {"value": value, "seconds": seconds, "users": cell(at + 9), "processes": {} if value is None else {value: 1}}

def check_sum(data):
    total = 0x811C9DC5
    for byte in struct.pack("<I", len(data)) + data:
        total = (total ^ byte) * 0x01000193 % 2**32
    return total

def raw(first, length, cell):
    return b"".join(struct.pack("<d", cell(first + i)) for i in range(-(-length // 8)))[:length]

def show_text(at, capacity, cell):
    first = at + 1 + (2 + -(-capacity // 8)) * int(cell(at) % 2)
    data = raw(first + 2, int(cell(first)) if cell(at) else 0, cell)
    check(cell(at) == 0 or check_sum(data) == cell(first + 1), "a text being set")
    return {"value": data.decode("utf8")}

def show_exemplars(parts, cell, offset):
    found = []
    for at in (at for (kind, _), at in parts.items() if kind == "exemplar"):
        check_cell, value, when, length = (cell(at + i) for i in range(4))
        data = raw(at + 1, 24 + int(min(max(length, 0), 512)), cell)
        if check_sum(data) == check_cell and length == len(data) - 24:
            found.append({"labels": json.loads(data[24:].decode("utf8")), "value": value, "time": when + offset})
    return {"exemplars": sorted(found, key=lambda one: one["value"])} if found else {}

def grown_since(copy, head, parts, bounds, buckets, cell):
    def counts(first, number):
        return struct.unpack("<%dI" % number, raw(first, 4 * number, cell))
    if bounds is not None:
        before = counts(head + 5, len(bounds) + 1)
        return dict(buckets, counts=[int(n - b) % 2**32 for n, b in zip(buckets["counts"], before)])
    found = {}
    for exponent in (value for kind, value in parts if kind == "octave"):
        copies = parts.get(("copies", exponent))
        before = counts(copies + 16 * copy, 32) if copies else (0,) * 32
        now = (cell(parts["octave", exponent] + i) for i in range(32))
        found.update({32 * exponent + i: int(n - b) % 2**32 for i, (n, b) in enumerate(zip(now, before)) if n != b})
    return {"zero": buckets["zero"] - cell(head + 5), "counts": found}

def show_recent(parts, bounds, present, cell, end):
    windows = {}
    for name, length, copies in (("1m", 60, (0, 1)), ("5m", 300, (2, 3))):
        good = []
        for copy in copies:
            head = parts["recent", True] + copy * copy_cells(bounds)
            until, since, total, count = (cell(head + i) for i in range(4))
            if check_sum(raw(head + 1, 24, cell)) != cell(head + 4) or since > end:
                continue
            grown = grown_since(copy, head, parts, bounds, present["buckets"], cell)
            number = sum(grown["counts"] if bounds else grown["counts"].values()) + grown.get("zero", 0)
            seconds = end - max(since, min(until, end - length))
            if number == present["count"] - count:
                more = {"count": number, "sum": present["sum"] - total if number else 0, "buckets": grown}
                good.append((seconds, dict(more, seconds=seconds)))
        enough = [one for one in good if one[0] >= length * 2 / 3]
        if good:
            windows[name] = min(enough or [max(good, key=lambda one: one[0])], key=lambda one: one[0])[1]
    return {"recent": windows} if windows else {}

def amount(value):
    return value if 0 <= value < math.inf else 0

def whole(value):
    return value if 0 <= value < 2**53 and value == int(value) else 0

def sum_of(value, count):
    return value if count > 0 and not math.isnan(value) else 0

def show(series, family, cell, now, end, offset):
    kind, bounds, at, labels = family["kind"], family["line"].get("bounds"), series["cells"][0], {"labels": series["labels"]}
    if kind == "info":
        return labels
    if kind in ("counter", "gauge", "meter"):
        set_at = cell(at + 1) if family.get("aggregation") == "last" else None
        more = show_exemplars(series["parts"], cell, offset) if set_at is None else {"setAt": set_at and set_at + offset}
        if kind == "gauge" and family["line"].get("extremes"):
            more.update(show_extremes(at + (2 if more else 1), cell(at), cell, end))
        value = cell(at) if kind == "gauge" else amount(cell(at))
        return dict(labels, value=value, **(show_rates(at + 1, value, cell, now, end) if kind == "meter" else more))
    if kind == "state":
        return dict(labels, **show_state(at, family["line"].get("states", []), cell, end))
    if kind == "text":
        return dict(labels, **show_text(at, family["line"].get("capacity", 0), cell))
    if kind == "average":
        window = show_window(at, family["line"].get("over", {}), cell, end)
        return dict(labels, count=whole(cell(at)), sum=sum_of(cell(at + 1), whole(cell(at))), **window)
    if bounds is None:
        found, own = {}, at + 4
        for exponent, first in ((value, first) for (kind, value), first in series["parts"].items() if kind == "octave"):
            for i in filter(lambda i: whole(cell(first + i)), range(32)):
                found[32 * exponent + i] = cell(first + i)
        buckets, number = {"zero": whole(cell(at + 3)), "counts": found}, whole(cell(at + 3)) + sum(found.values())
    else:
        own = at + 4 + len(bounds)
        buckets = {"bounds": bounds, "counts": [whole(cell(i)) for i in range(at + 3, own)]}
        number = sum(buckets["counts"])
    least, most = cell(at + 1), cell(at + 2)
    more = {"min": least, "max": most} if number > 0 and math.isfinite(least) and math.isfinite(most) else {}
    if kind == "timer" and number > 0:
        more.update({"last": cell(own)}, **show_rates(own + 1, number, cell, now, end))
    present = dict(labels, count=number, sum=sum_of(cell(at), number), buckets=buckets, **more)
    if ("recent", True) in series["parts"]:
        present.update(show_recent(series["parts"], bounds, present, cell, end))
    return dict(present, **show_exemplars(series["parts"], cell, offset))

def show_evicted(all_series, family, cell, now, end, offset):
    """Several series with the label evicted, as one."""
    shown, kind = [show(one, family, cell, now, end, offset) for one in all_series], family["kind"]
    total, places = dict(shown[0]), [one["cells"][0] for one in all_series]
    for other in shown[1:]:
        for key in {"value", "count", "sum"} & set(total) - ({"value"} if kind == "state" else set()):
            total[key] += other[key]
        for state in total.get("seconds", {}):
            total["seconds"][state] += other["seconds"][state]
        if "bounds" in total.get("buckets", {}):
            total["buckets"]["counts"] = [a + b for a, b in zip(total["buckets"]["counts"], other["buckets"]["counts"])]
        elif "buckets" in total:
            total["buckets"]["zero"] += other["buckets"]["zero"]
            for bucket, count in other["buckets"]["counts"].items():
                total["buckets"]["counts"][bucket] = total["buckets"]["counts"].get(bucket, 0) + count
        for key, choose in (("min", min), ("max", max)):
            values = [one[key] for one in (total, other) if key in one]
            total.update({key: choose(values)} if values else {})
    if kind == "meter" or kind == "timer" and total["count"]:
        own = 0 if kind == "meter" else 4 + len(family["line"].get("bounds", []))
        count, first = ("value" if kind == "meter" else "count"), places[0] + own + 1
        total.update(show_rates(first, shown[0][count], cell, now, end))
        age = max(end, cell(first + 1)) - min(cell(place + own + 1) for place in places)
        if "rates" in total:
            total["rates"]["mean"] = total[count] / age if age > 0 else 0
        total.update({} if kind == "meter" else {"last": next(filter(None, (cell(place + own) for place in places)), 0)})
    return total

def show_family(family, cell, now, end, offset):
    evicted = [one for one in family["series"] if one["labels"] == {"evicted": "true"}]
    found = [show(one, family, cell, now, end, offset) for one in family["series"] if one not in evicted]
    found += [show_evicted(evicted, family, cell, now, end, offset)] if evicted else []
    hides = family["kind"] == "gauge" and family["line"].get("removeAtZero")
    if family["kind"] == "gauge":
        found = [one for one in found if math.isfinite(one["value"])]
    return [one for one in found if not (hides and one["value"] == 0)]

def read_page(path, now=None):
    for attempt in range(100):
        try:
            return read_once(path, now)
        except Stale:
            pass
    raise Damaged("it does not stand still")

def check_still(fd, path, log_end, room, new_lines):
    """Nothing may have been removed while the page was read, nor the file replaced."""
    end, = struct.unpack("<I", pread(fd, 4, 2068))
    if end > room or end != log_end and any("removed" in parse(text) for text in new_lines(end).split(b"\n")[:-1]):
        raise Stale
    if os.fstat(fd).st_nlink == 0 and os.path.exists(path):
        raise Stale

def boot_id():
    with open("/proc/sys/kernel/random/boot_id") as file:
        return bytes.fromhex(file.read().strip().replace("-", ""))

def read_once(path, now):
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        check(stat.S_ISREG(os.fstat(fd).st_mode), "no regular file")
        header = pread(fd, BLOCK, 0)
        version, header_bytes, writer, writer_bytes, chunk_count, log_end = struct.unpack_from("<6I", header, 2048)
        check(header[:16] == b"plimsoll page 1\n" and version == 1, "no page of version 1")
        check(header_bytes > 0 == header_bytes % BLOCK and chunk_count <= MOST_CHUNKS, "header")
        directory = pread(fd, BLOCK, 0)[DIRECTORY:]
        size, total, logs, cell_chunks = os.fstat(fd).st_size, 0, [], []
        for i in range(chunk_count):
            kind, start, blocks = struct.unpack_from("<3I", directory, i * ENTRY)
            total += blocks * BLOCK
            good = start * BLOCK >= header_bytes and (start + blocks) * BLOCK <= size
            check(good and total <= size <= LARGEST, "chunk %d" % i)
            {1: logs, 2: cell_chunks}.get(kind, []).append((start * BLOCK, blocks * BLOCK))
        check(log_end <= sum(length for _, length in logs), "end of the log")
        room = [sum(length for _, length in cell_chunks) // 8]
        def take(first, count):
            room[0] -= count
            if count < 0:
                return
            good = is_int(first) and any(a <= 8 * first <= 8 * (first + count) <= a + n for a, n in cell_chunks)
            check(good and room[0] >= 0, "cells")
            return int(first), count
        def log(first, end):
            return b"".join(pread(fd, length, start) for start, length in logs)[first:end]
        families = read_log(log(0, log_end), take)
        chunks = [(a // 8, n // 8, struct.unpack("<%dd" % (n // 8), pread(fd, n, a))) for a, n in cell_chunks]
        def cell(number):
            return next(cells[number - first] for first, count, cells in chunks if first <= number < first + count)
        heartbeat, ended, beat, _, offset = struct.unpack_from("<5d", header, 2072)
        live = is_locked(fd) and not ended > 0
        has_clock = now is None and header[2112:2128] == boot_id() != bytes(16)
        present = max(time.monotonic() if has_clock else (now or time.time()) - offset, beat)
        end = present if live else beat or (ended - offset if ended else present)
        check_still(fd, path, log_end, sum(length for _, length in logs), lambda log_end_now: log(log_end, log_end_now))
        for family in families:
            family["series"] = show_family(family, cell, present, end, offset)
            del family["line"]
        check(16 <= writer and writer + writer_bytes <= 2048, "place of the line about the writer")
        about = dict({"plimsoll": "", "node": ""}, **parse(header[writer : writer + writer_bytes]))
        check(all(type(about.get(key)) is str for key in ("app", "host", "plimsoll", "node")), "texts about the writer")
        good = all(is_int(about.get(key)) and about[key] >= 0 for key in ("pid", "tid"))
        check(good and is_number(about.get("startedAt")), "numbers about the writer")
        return {"writer": about, "heartbeat": heartbeat, "live": live, "families": families}
    finally:
        os.close(fd)

if __name__ == "__main__":
    paths, now = sys.argv[1:], None
    if paths[:1] == ["--now"]:
        now, paths = float(paths[1]), paths[2:]
    for path in paths:
        try:
            print(json.dumps(read_page(path, now)))
        except (Damaged, OSError) as error:
            print(json.dumps({"error": str(error)}))
