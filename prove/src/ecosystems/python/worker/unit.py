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
            # Behind a plain test nothing happens before the next begins, so that
            # its end can wait for that.
            kinds = [type(test) for test, _ in tests]
            bare = {kind: is_bare(kind) for kind in set(kinds)}
            following = kinds[1:] + [None]
            self.plain = {
                id(test)
                for (test, _), kind, after in zip(tests, kinds, following)
                if is_plain(kind) and (kind is after or bare[kind] and (after is None or bare[after]))
            }
            self.first = bool(kinds) and bare[kinds[0]]
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
                end(name, "passed", seconds, hold=key in self.plain and not cleanups(type(test)))
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

    def is_plain(kind):
        return kind.run is TestCase.run and kind.__call__ is TestCase.__call__

    def is_bare(kind):
        """Whether nothing happens before and after the tests of a class."""
        module = sys.modules.get(kind.__module__)
        return not (
            hasattr(module, "setUpModule")
            or hasattr(module, "tearDownModule")
            or any(
                getattr(getattr(kind, name, None), "__func__", None) is not getattr(TestCase, name).__func__
                for name in ("setUpClass", "tearDownClass", "doClassCleanups")
            )
        )

    def cleanups(kind):
        return kind._class_cleanups or unittest.case._module_cleanups

    def run(suite, account):
        result = Result(suite, account)
        loaded(result.file, hold=result.first)
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


