# Runs the tests of Python modules for `prove`. The files of this folder are one
# program, in the order that code.rs gives; it is embedded in the binary.
#
# Commands come as lines of JSON on stdin, the first line is the nonce.
# Messages go into the same pipe as all that the tests print, at the level of
# file descriptors, so that their order is exact. Each is a frame that other
# writers cannot tear: 0x1e, the nonce, `.` (or `+` where more follows), at
# most PIPE_BUF bytes in all, a newline. The message is an array of JSON whose
# head is its type; `prove`'s decode/worker.rs has the list.
#
# Python 3.8 and newer. What is imported here is paid for by every worker, so
# `unittest` and `doctest` wait until they are needed.
import os
import sys
from os import getpid, write  # Now: a test may patch them.
from time import perf_counter

try:
    # The core of `json` alone: to import all of it costs as much as many tests.
    from _json import encode_basestring_ascii as quote, make_scanner

    class Plain:
        strict, memo = True, {}
        object_hook = object_pairs_hook = parse_constant = None
        parse_float, parse_int = float, int

    scan = make_scanner(Plain)

    def read(text):
        return scan(text, 0)[0]

except ImportError:
    from json import loads as read
    from json.encoder import encode_basestring_ascii as quote

__unittest = True  # Keeps our frames out of the tracebacks of unittest.
LOAD = "(load)"
LONGEST = 64 << 10  # Of a message's text, in characters.


class Pipe:
    """The way to `prove`: private file descriptors that no test knows."""

    def __init__(self):
        self.pid = getpid()
        self.commands = private(0, 170)
        self.messages = private(1, 171)
        self.inode = os.fstat(self.messages).st_ino
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        self.buffer = b""
        nonce = self.line()
        self.last = b"\x1e" + nonce + b"."
        self.more = b"\x1e" + nonce + b"+"
        self.room = 4095 - len(self.last)
        self.held = b""
        self.hands_over = False
        os.register_at_fork(after_in_child=self.forked)

    def fork(self):
        """A child that speaks in our stead."""
        self.hands_over = True
        try:
            return os.fork()
        finally:
            self.hands_over = False

    def forked(self):
        """A child speaks for nobody: it only loses its ends of the pipes."""
        if self.hands_over:
            self.pid = getpid()
        for fd in (self.commands,) if self.hands_over else (self.commands, self.messages):
            try:
                os.close(fd)
            except OSError:
                pass

    def line(self):
        """The next command; nothing when there are no more."""
        while b"\n" not in self.buffer:
            try:
                chunk = os.read(self.commands, 65536)
            except OSError:
                chunk = b""
            if not chunk:
                return b""
            self.buffer += chunk
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line

    def listens(self):
        """Whether no test has closed the way that commands come."""
        try:
            os.fstat(self.commands)
            return True
        except OSError:
            return False

    def send(self, text, hold=False):
        """Sends a message, behind all that was printed before it.

        What is held is sent with the next message, in one write.
        """
        if getpid() != self.pid:
            flush()
            os._exit(1)  # A forked child that came back from its test.
        data = self.held + self.frames(text)
        self.held = b""
        if hold:
            self.held = data
            return
        flush()
        if len(data) <= 4096:
            self.write(data)
        else:
            for frame in data.splitlines(True):
                self.write(frame)

    def frames(self, text):
        data = text.encode("ascii")
        if len(data) <= self.room:
            return self.last + data + b"\n"
        parts = []
        while len(data) > self.room:
            parts.append(self.more + data[: self.room] + b"\n")
            data = data[self.room :]
        parts.append(self.last + data + b"\n")
        return b"".join(parts)

    def write(self, data):
        try:
            write(self.messages, data)
            return
        except OSError:
            pass  # Full, or closed.
        for fd in (None, 1, 2):
            try:
                if fd is not None:
                    # A test closed what it does not own: any other way into
                    # the same pipe will do.
                    if os.fstat(fd).st_ino != self.inode:
                        continue
                    self.messages = private(fd, 171)
                self.put(data)
                return
            except OSError:
                pass
        os._exit(70)

    def put(self, data):
        while True:
            try:
                write(self.messages, data)
                return
            except BlockingIOError:
                os.set_blocking(self.messages, True)  # A test shares the pipe with us.


def private(fd, high):
    # A high number: a test that closes a few descriptors and opens others
    # would otherwise write into the pipe, or we into its files.
    try:
        return os.dup2(fd, high, inheritable=False)
    except OSError:
        return os.dup(fd)


def flush():
    try:
        OUT.flush()
        ERR.flush()
        if sys.stdout is not OUT:
            sys.stdout.flush()
        if sys.stderr is not ERR:
            sys.stderr.flush()
    except BaseException:
        pass  # Closed, or replaced by something else than a file.


class Kept:
    """What a test may change and the next target must find as it was."""

    def __init__(self):
        self.cwd = os.getcwd()
        self.argv = sys.argv[:]
        if sys.path[:1] == [""]:
            del sys.path[0]  # Of `-c`; each target brings its own.
        self.stdin = sys.stdin
        self.wanted = []
        self.loose = None

    def restore(self):
        global OUT, ERR
        os.set_blocking(PIPE.messages, True)  # It is one pipe for all that share it.
        for fd in (1, 2):
            try:
                if os.fstat(fd).st_ino == PIPE.inode:
                    continue
            except OSError:
                pass
            os.dup2(PIPE.messages, fd)
        if OUT is None or OUT.closed:
            OUT = open(1, "w", buffering=1, closefd=False)
        if ERR is None or ERR.closed:
            ERR = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)
        sys.stdout, sys.stderr, sys.stdin = OUT, ERR, self.stdin
        sys.argv[:] = self.argv
        try:
            os.chdir(self.cwd)
        except OSError:
            pass

    def paths(self, wanted, loose):
        """Puts the folders of a target at the head of sys.path.

        `loose`: the last of them is a folder of modules without a package.
        Its modules must not be taken for those of the same names elsewhere.
        """
        folder = wanted[0] if loose else None
        if self.loose not in (None, folder):
            for name, module in list(sys.modules.items()):
                file = getattr(module, "__file__", None)
                if "." not in name and isinstance(file, str) and os.path.dirname(file) == self.loose:
                    del sys.modules[name]
        self.loose = folder
        if wanted == self.wanted and sys.path[: len(wanted)] == wanted:
            return
        sys.path[:] = wanted + [p for p in sys.path if p not in wanted and p not in self.wanted]
        self.wanted = wanted


