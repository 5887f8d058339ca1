# Runs a project's own pytest for `prove`; embedded in its binary.
#
# The first line on stdin is the nonce, the second says what to do (JSON); each
# further one is a command. Messages are frames as those of the unittest worker
# (decode/worker.rs has the list), on a private descriptor, so that pytest's
# capture of the descriptors 1 and 2 does not meet them.
#
# pytest 7 and newer, Python 3.8 and newer.
import gc
import json
import os
import sys
from json.encoder import encode_basestring_ascii as quote

LONGEST = 64 << 10  # Of a text that is sent, in characters.


class Pipe:
    """The way to `prove`: private file descriptors that no test knows."""

    def __init__(self):
        self.pid = os.getpid()
        self.commands = private(0, 172)
        self.messages = private(1, 173)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        self.buffer = b""
        nonce = self.line()
        self.last = b"\x1e" + nonce + b"."
        self.more = b"\x1e" + nonce + b"+"
        self.room = 4095 - len(self.last)
        self.held = b""
        os.register_at_fork(after_in_child=self.forked)

    def forked(self):
        """A child speaks for nobody: it only loses its ends of the pipes."""
        for fd in (self.commands, self.messages):
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

    def send(self, *message, hold=False):
        """Sends a message. What is held goes with the next one, in one write."""
        self.say(json.dumps(message, separators=(",", ":")), hold)

    def say(self, text, hold=False):
        """Sends a message that is JSON already."""
        if os.getpid() != self.pid:
            os._exit(1)  # A forked child that came back from its test.
        data = self.held + self.frames(text.encode("ascii"))
        self.held = data if hold else b""
        if not hold:
            self.write(data)

    def frames(self, data):
        if len(data) <= self.room:
            return self.last + data + b"\n"
        parts = []
        while len(data) > self.room:
            parts.append(self.more + data[: self.room] + b"\n")
            data = data[self.room :]
        parts.append(self.last + data + b"\n")
        return b"".join(parts)

    def write(self, data):
        """Writes frames; each at once where they are more than the system keeps whole."""
        for piece in [data] if len(data) <= 4096 else data.splitlines(True):
            while True:
                try:
                    os.write(self.messages, piece)
                    break
                except BlockingIOError:
                    os.set_blocking(self.messages, True)  # A test shares the pipe with us.
                except OSError:
                    os._exit(70)  # A test closed it.

    def print(self, text):
        """What a test printed, and pytest caught."""
        if self.held:
            self.write(self.held)
            self.held = b""
        data = bounded(text, 2 * LONGEST).encode("utf-8", "backslashreplace")
        while data:
            try:
                data = data[os.write(self.messages, data) :]
            except BlockingIOError:
                os.set_blocking(self.messages, True)


def private(fd, high):
    # A high number: a test that closes a few descriptors and opens others
    # would otherwise write into the pipe, or we into its files.
    try:
        return os.dup2(fd, high, inheritable=False)
    except OSError:
        return os.dup(fd)


def bounded(text, longest=LONGEST):
    if len(text) <= longest:
        return text
    half = longest // 2
    return "%s\n[... %d characters left out ...]\n%s" % (text[:half], len(text) - longest, text[-half:])


