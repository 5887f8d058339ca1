# Runs the tests of Python modules for `prove`; embedded in its binary.
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


# What is sent ----------------------------------------------------------


def bounded(text):
    if len(text) <= LONGEST:
        return text
    half = LONGEST // 2
    return "%s\n[... %d characters left out ...]\n%s" % (text[:half], len(text) - LONGEST, text[-half:])


def array(*items):
    return "[" + ",".join(quote(i) if isinstance(i, str) else "null" if i is None else str(i) for i in items) + "]"


def end(name, outcome, seconds, cause=None, message=None, reason=None, where=None, hold=False):
    """The end of a case. `name` is quoted."""
    text = '["end",%s,"%s",%.6f' % (name, outcome, seconds)
    if outcome != "passed" or reason:
        file, line = where or (None, None)
        details = [("cause", cause), ("file", file and full(file))]
        details += [("message", message and bounded(message)), ("reason", reason and bounded(reason))]
        pairs = ['"%s":%s' % (key, quote(str(value))) for key, value in details if value]
        if line:
            pairs.append('"line":%d' % line)
        text += ",{%s}" % ",".join(pairs)
    PIPE.send(text + "]", hold)


def start(name, where, home):
    """The begin of a case, and where it stands if not in the file `home`. `name` is quoted."""
    if where is None:
        PIPE.send('["start",%s]' % name)
    elif where[0] == home:
        PIPE.send('["start",%s,%d]' % (name, where[1]))
    else:
        PIPE.send('["start",%s,%d,%s]' % (name, where[1], quote(full(where[0]))))


def loaded(module):
    PIPE.send(array("loaded", module.__file__))


def whole(name, outcome, **details):
    """A case that stands for something else than a test."""
    name = quote(name)
    start(name, None, None)
    end(name, outcome, 0, **details)


def full(path):
    return os.path.join(KEPT.cwd, path)


# Tracebacks ------------------------------------------------------------


def theirs(tb):
    """A traceback from the first frame that is neither ours, nor unittest's, nor the import system's."""
    while tb is not None:
        frame = tb.tb_frame
        file = frame.f_code.co_filename
        if not ("__unittest" in frame.f_globals or file.startswith("<frozen importlib") or file.endswith("importlib/__init__.py")):
            return tb
        tb = tb.tb_next
    return None


def place(error, tb, prefer=None):
    """Where an error arose: in `prefer` if it passed there, else in the last frame of a file."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return error.filename, error.lineno
    found = last = None
    while tb is not None:
        code = tb.tb_frame.f_code
        if not code.co_filename.startswith("<") and "__unittest" not in tb.tb_frame.f_globals:
            last = code.co_filename, tb.tb_lineno
            if code.co_filename == prefer:
                found = last
        tb = tb.tb_next
    return found or last


def trace(error):
    import traceback

    try:
        return "".join(traceback.format_exception(type(error), error, theirs(error.__traceback__)))
    except BaseException as second:
        return "%s (and its traceback cannot be shown: %s)" % (type(error).__name__, type(second).__name__)


# Loading ---------------------------------------------------------------


def load(name, path):
    """Imports a module, and makes sure that it is the one in `path`."""
    module = sys.modules.get(name)
    if module is not None and not same(module, path) and "." not in name:
        del sys.modules[name]
    __import__(name)
    module = sys.modules[name]
    if not same(module, path):
        raise ImportError(
            "%r is %s, not %s: another module of this name comes first"
            % (name, getattr(module, "__file__", "built in"), path)
        )
    return module


def same(module, path):
    file = getattr(module, "__file__", None)
    if not isinstance(file, str) or file == path:
        return isinstance(file, str)
    return os.path.realpath(file) == os.path.realpath(path)


def flat(suite, into):
    """The tests of a suite, in the order in which they run."""
    try:
        tests = list(suite)
    except TypeError:
        into.append(suite)
        return into
    for test in tests:
        flat(test, into)
    return into


def prune(suite, keep):
    """Takes out of a suite, at any depth, the tests that are not to be kept."""
    tests = getattr(suite, "_tests", None)
    if tests is None:
        return
    kept = []
    for test in tests:
        if hasattr(test, "_tests"):
            prune(test, keep)
            kept.append(test)
        elif id(test) in keep:
            kept.append(test)
    suite._tests = kept


class Names:
    """The names of the cases of one target, each but once."""

    def __init__(self, module, prefix):
        self.module = module
        self.prefix = prefix  # load_tests brings tests of other modules: say which.
        self.seen = {}

    def unique(self, name):
        count = self.seen[name] = self.seen.get(name, 0) + 1
        return name if count == 1 else "%s #%d" % (name, count)

    def of(self, test):
        doc = getattr(test, "_dt_test", None)
        if doc is not None:
            return self.unique(doc.name)
        kind = type(test)
        if kind.__name__ == "_FailedTest" and kind.__module__ == "unittest.loader":
            what = test._testMethodName
            return self.unique(LOAD if what == self.module else "%s::%s" % (what, LOAD))
        try:
            name = test.id()
        except Exception:
            name = kind.__qualname__
        head = "%s.%s." % (kind.__module__, kind.__qualname__)
        if name.startswith(head):
            name = "%s::%s" % (kind.__qualname__, name[len(head) :])
            if self.prefix and kind.__module__ != self.module:
                name = "%s.%s" % (kind.__module__, name)
        return self.unique(name)


# unittest --------------------------------------------------------------


class Suite:
    """The tests of one module, as unittest's own loader finds them."""

    def __init__(self, what):
        import unittest

        self.loader = unittest.TestLoader()
        self.loader._top_level_dir = what["paths"][-1]
        self.module = load(what["module"], what["path"])
        self.suite = self.loader.loadTestsFromModule(self.module, pattern="test*.py")
        names = Names(what["module"], hasattr(self.module, "load_tests"))
        self.tests = [(test, names.of(test)) for test in flat(self.suite, [])]
        self.only = None

    def select(self, only, but):
        """Leaves the cases that were asked for."""
        fixtures = [name for name in only or () if is_fixture(name)]
        # What a failed fixture kept from running is behind us as well.
        failed = [name for name in but if is_fixture(name) and not name.startswith("tearDown")]

        def wanted(test, name):
            if name in but or any(covers(f, type(test)) for f in failed):
                return False
            return only is None or name in only or any(covers(f, type(test)) for f in fixtures)

        if only is not None or but:
            self.only = only = None if only is None else frozenset(only)
            self.tests = [(test, name) for test, name in self.tests if wanted(test, name)]
            prune(self.suite, {id(test) for test, _ in self.tests})


def is_fixture(name):
    return name.endswith(")") and " (" in name


def covers(fixture, kind):
    """Whether a fixture, as in `setUpClass (TestApi)`, is one of this class."""
    what, _, of = fixture[:-1].partition(" (")
    if what.endswith("Module"):
        return of == kind.__module__
    return of in (kind.__qualname__, "%s.%s" % (kind.__module__, kind.__qualname__))


def runner():
    """What runs a suite; made late because unittest is imported late."""
    import gc
    import unittest
    import warnings
    from unittest.case import TestCase

    if hasattr(gc, "freeze"):
        gc.freeze()  # What is here by now stays; no collection need look at it again.

    class Result(unittest.TestResult):
        def __init__(self, suite, account):
            super().__init__()
            tests = suite.tests
            self.module = suite.module.__name__
            self.file = suite.module.__file__
            # What runs only because a fixture was asked for is not reported.
            self.quiet = {id(test) for test, name in tests if suite.only and name not in suite.only}
            self.fixtures = suite.only if suite.only and len(self.quiet) == len(tests) else None
            self.names = {id(test): quote(name) for test, name in tests}
            # Between two plain tests of one class nothing happens, so that the
            # end of the first can wait for the start of the second.
            self.plain = {
                id(a)
                for (a, _), (b, _) in zip(tests, tests[1:])
                if type(a) is type(b) and type(a).run is TestCase.run and type(a).__call__ is TestCase.__call__
            }
            self.open = [(test, name) for test, name in tests] if account else []
            self.stopped = set()
            self.name = self.interrupted = None
            self.fails = []

        def startTest(self, test):
            self.testsRun += 1
            key = id(test)
            if key in self.quiet:
                return
            self.name = self.names.get(key) or quote(Names(self.module, True).of(test))
            self.outcome = self.reason = self.cause = self.where = None
            self.fails = []
            start(self.name, standing(test), self.file)
            self.began = perf_counter()

        def stopTest(self, test):
            if self.name is None:
                return
            seconds = perf_counter() - self.began
            name, self.name = self.name, None
            key = id(test)
            if self.open:
                self.stopped.add(key)
            if self.fails:
                end(name, "failed", seconds, self.cause, "\n".join(self.fails), self.reason, self.where)
            elif self.outcome == "passed":
                end(name, "passed", seconds, hold=key in self.plain)
            elif self.outcome is not None:
                end(name, self.outcome, seconds, reason=self.reason, where=self.where)
            elif isinstance(sys.exc_info()[1], KeyboardInterrupt):
                # What unittest lets pass; it calls this as the stack unwinds.
                error = sys.exc_info()[1]
                end(name, "failed", seconds, "assertion", trace(error), where=place(error, error.__traceback__))
                self.interrupted = test
            else:
                end(name, "passed", seconds)

        def addSuccess(self, test):
            self.outcome = "passed"

        def addDuration(self, test, elapsed):
            pass

        def addFailure(self, test, err):
            self.failed(test, err, "assertion")

        def addError(self, test, err):
            if self.name is None:
                self.fixture(test, "failed", cause="setup", message=self.text(err, test), where=place(err[1], err[2]))
                self.account(test, "not-run", "%s failed" % self.titled(test))
            else:
                self.failed(test, err, "setup" if in_setup(err[2]) else "assertion")

        def addSubTest(self, test, subtest, err):
            if err is not None:
                self.failed(test, err, "assertion", "%s %s\n" % (test._testMethodName, subtest._subDescription()))

        def addSkip(self, test, reason):
            sub = getattr(test, "_subDescription", None)
            if self.name is None and id(test) in self.names:
                self.startTest(test)  # Python 3.12.1 does not say that a skipped test begins.
            if self.name is None:
                self.fixture(test, "skipped", reason=reason or "skipped")
                self.account(test, "skipped", reason)
                return
            if sub is not None:
                reason = "%s: %s" % (sub(), reason)
            self.outcome = "skipped"
            self.reason = reason if not self.reason else "%s; %s" % (self.reason, reason)

        def addExpectedFailure(self, test, err):
            if self.name is None:
                return
            self.outcome = "todo"
            self.reason = "expected failure: %s" % first_line(err[1])
            self.where = place(err[1], err[2], file_of(test))

        def addUnexpectedSuccess(self, test):
            self.fails.append("unexpected success: the test passed, and is marked @expectedFailure")
            self.reason = "unexpected success"
            self.cause = "assertion"
            self.where = standing(test)

        def failed(self, test, err, cause, head=""):
            if self.name is None:
                return
            kind = type(test)
            if kind.__name__ == "_FailedTest" and kind.__module__ == "unittest.loader":
                # Its text is the traceback of what went wrong as it was loaded.
                error = getattr(test, "_exception", err[1])
                self.cause, self.where = "setup", in_text(str(error)) or place(error, error.__traceback__)
                self.fails.append(str(error))
                return
            doc = getattr(test, "_dt_test", None)
            text = str(err[1]) if doc is not None else self.text(err, test)
            self.fails.append(head + text)
            self.cause = self.cause or cause
            if self.where is None:
                self.where = in_text(text) if doc is not None else place(err[1], err[2], file_of(test))

        def text(self, err, test):
            try:
                return self._exc_info_to_string(err, test)
            except BaseException:
                return trace(err[1])

        def fixture(self, test, outcome, **details):
            name = self.titled(test)
            if id(test) not in self.quiet and (self.fixtures is None or name in self.fixtures):
                whole(name, outcome, **details)

        def titled(self, test):
            """`setUpClass (TestApi)`: a class of this module without its module's name."""
            what, _, of = str(test).partition(" (")
            return "%s (%s" % (what, of[len(self.module) + 1 :] if of.startswith(self.module + ".") else of)

        def account(self, test, outcome, reason):
            """Says what became of the announced cases that a fixture keeps from running."""
            title = self.titled(test)
            if title.startswith("tearDown"):
                return
            for case, name in self.open:
                if id(case) not in self.stopped and id(case) not in self.quiet and covers(title, type(case)):
                    self.stopped.add(id(case))
                    whole(name, outcome, reason=reason)

    def run(suite, account):
        result = Result(suite, account)
        with warnings.catch_warnings():
            if not sys.warnoptions:
                warnings.simplefilter("default")
            try:
                suite.suite.run(result)
            except KeyboardInterrupt:
                if result.interrupted is None:
                    raise
        return result.interrupted

    return run


def in_setup(tb):
    while tb is not None and "__unittest" in tb.tb_frame.f_globals:
        tb = tb.tb_next
    return tb is not None and tb.tb_frame.f_code.co_name in ("setUp", "asyncSetUp")


def file_of(test):
    module = sys.modules.get(type(test).__module__)
    return getattr(module, "__file__", None)


def standing(test):
    """Where a test stands: its file and line."""
    doc = getattr(test, "_dt_test", None)
    if doc is not None:
        return doc.filename, (doc.lineno or 0) + 1
    function = getattr(type(test), getattr(test, "_testMethodName", ""), None)
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    code = getattr(function, "__code__", None)
    return code and (code.co_filename, code.co_firstlineno)


def first_line(error):
    try:
        text = str(error).strip().split("\n", 1)[0]
    except BaseException:
        text = ""
    return "%s: %s" % (type(error).__name__, text) if text else type(error).__name__


def in_text(text):
    """The last `File "F", line N` of a text: where doctest, or a loader, says that it failed."""
    import re

    found = re.findall(r'^ *File "([^"<]+)", line (\d+)', text, re.M)
    if not found:
        return None
    file, line = found[0 if "Failed example" in text else -1]
    return file, int(line)


def run_tests(what):
    global RUN
    if RUN is None:
        RUN = runner()
    done = set(what["not"] or ())
    while True:
        suite = Suite(what)
        suite.select(what["only"], done)
        loaded(suite.module)
        interrupted = RUN(suite, what["account"])
        if interrupted is None:
            return
        # As if Ctrl-C were pressed: unittest would stop here, red. The other
        # cases still get their say.
        for test, name in suite.tests:
            done.add(name)
            if test is interrupted:
                break
        else:
            return


# doctest ---------------------------------------------------------------


class Docs:
    """The docstrings of one module that have examples."""

    def __init__(self, what):
        import doctest

        self.doctest = doctest
        self.module = load(what["module"], what["path"])
        self.tests = []
        names = Names(what["module"], False)
        for test in doctest.DocTestFinder(exclude_empty=True).find(self.module, what["module"]):
            if test.examples:
                if test.lineno is None:
                    test.lineno = self.line(test)
                self.tests.append((test, names.unique(test.name)))

    def line(self, test):
        """Where a docstring begins that doctest cannot find (bpo: behind a decorator, a cache)."""
        import linecache

        head = ">>> " + test.examples[0].source.split("\n", 1)[0]
        for number, line in enumerate(linecache.getlines(self.module.__file__)):
            if line.strip() == head:
                return number - test.examples[0].lineno
        return None

    def select(self, only, but):
        self.tests = [
            (test, name)
            for test, name in self.tests
            if (only is None or name in only) and name not in but
        ]


def run_docs(what):
    docs = Docs(what)
    docs.select(what["only"], what["not"] or ())
    loaded(docs.module)
    doctest = docs.doctest

    class Runner(doctest.DocTestRunner):
        def said(self, test, example):
            line = None if test.lineno is None else test.lineno + example.lineno + 1
            where.append((test.filename or what["path"], line))

        def report_start(self, out, test, example):
            ran.append(example)

        def report_failure(self, out, test, example, got):
            self.said(test, example)
            super().report_failure(out, test, example, got)

        def report_unexpected_exception(self, out, test, example, exc_info):
            self.said(test, example)
            super().report_unexpected_exception(out, test, example, exc_info)

    runner = Runner(verbose=False)
    for test, name in docs.tests:
        name = quote(name)
        where, said, ran = [], [], []
        start(name, test.filename and (test.filename, (test.lineno or 0) + 1), docs.module.__file__)
        began = perf_counter()
        try:
            runner.run(test, out=said.append)
        except BaseException as error:  # KeyboardInterrupt, which doctest lets pass.
            said.append(trace(error))
            where.append((test.filename or what["path"], test.lineno and test.lineno + 1))
        seconds = perf_counter() - began
        if where:
            end(name, "failed", seconds, "assertion", "".join(said).strip("*\n") + "\n", where=where[0])
        elif not ran:
            end(name, "skipped", seconds, reason="each example is marked +SKIP")
        else:
            end(name, "passed", seconds)


# The targets -----------------------------------------------------------


def unloaded(error):
    """A module that does not import: skipped if it says so, else the failed case `(load)`."""
    case = sys.modules.get("unittest.case")
    if case is not None and isinstance(error, case.SkipTest):
        return "skipped", None, None, str(error) or "skipped", None
    where = place(error, theirs(error.__traceback__))
    return "failed", "setup", trace(error), None, where


def run(what):
    try:
        (run_docs if what["kind"] == "doc" else run_tests)(what)
    except BaseException as error:
        outcome, cause, message, reason, where = unloaded(error)
        whole(LOAD, outcome, cause=cause, message=message, reason=reason, where=where)


def collect(what):
    try:
        found = (Docs if what["kind"] == "doc" else Suite)(what)
    except BaseException as error:
        outcome, _, message, reason, where = unloaded(error)
        file, line = where or (None, None)
        if outcome == "skipped":
            PIPE.send(array("found", LOAD, None, None))
        else:
            PIPE.send(array("unloaded", bounded(message), file and full(file), line))
        return
    for test, name in found.tests:
        where = (test.filename, test.lineno and test.lineno + 1) if what["kind"] == "doc" else standing(test)
        file, line = where or (None, None)
        PIPE.send(array("found", name, file and full(file), line))


def serve():
    while True:
        line = PIPE.line()
        if not line:
            return
        command, what = read(line.decode())
        KEPT.paths(what["paths"], what["loose"])
        if command == "collect":
            collect(what)
            KEPT.restore()
            PIPE.send('["collected"]')
        else:
            run(what)
            KEPT.restore()
            PIPE.send('["ready"]' if PIPE.listens() else '["leaving"]')


def leave():
    """Ends as Python does; but a thread that never ends does not keep us."""
    threading = sys.modules.get("threading")
    if threading is None:
        return
    deadline = perf_counter() + 2
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(max(0, deadline - perf_counter()))
            if thread.is_alive():
                import atexit

                atexit._run_exitfuncs()
                flush()
                os._exit(0)


RUN = None
PIPE = Pipe()
sys.argv[:] = ["python -m unittest"]
OUT, ERR = sys.stdout, sys.stderr
try:
    OUT.reconfigure(line_buffering=True)  # Keeps its order with stderr, and what a crash would lose.
except AttributeError:
    pass
try:
    import faulthandler

    faulthandler.enable()  # A crash says in which line it was.
except Exception:
    pass
KEPT = Kept()
serve()
leave()
