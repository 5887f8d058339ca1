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


