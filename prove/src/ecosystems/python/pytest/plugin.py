# The plugin ------------------------------------------------------------------


class Tail:
    """Stands for the terminal, which other plugins write to: keeps a little."""

    encoding = "utf-8"

    def __init__(self):
        self.kept, self.size = [], 0

    def write(self, text):
        self.kept.append(text)
        self.size += len(text)
        if self.size > 2 * LONGEST:
            self.kept, self.size = self.kept[-1:], len(text)

    def flush(self):
        pass

    def isatty(self):
        return False

    def text(self):
        return bounded("".join(self.kept))


class Beyond:
    """Stands for the next item where that is not known: the nodes of this
    chain stay set up."""

    def __init__(self, chain):
        self.chain = chain

    def listchain(self):
        return self.chain

    def __getattr__(self, name):
        return getattr(self.chain[-1], name)


class Plugin:
    """Says what pytest collects, and runs of it what `prove` asks for."""

    def __init__(self, what):
        self.what = what
        self.veto = Veto(what)
        self.files = Files()
        self.case = None  # The one that runs.
        self.stop = None  # Why nothing more is run.
        self.failures = 0
        self.tail = Tail()
        self.collecting = True  # For the first time, before anything runs.
        self.warned = [0, []]
        self.session = None
        self.root = ""
        self.folders = {}  # By path: the nodes that files are collected in.
        self.wanted = None  # One more file to collect.

    def hooks(self):
        """The hooks, as a class of their own: pytest is imported late."""
        import pytest

        plugin = self

        class Hooks:
            @pytest.hookimpl(trylast=True)
            def pytest_configure(self, config):
                PIPE.send("alive")
                reporter = config.pluginmanager.getplugin("terminalreporter")
                writer = getattr(reporter, "_tw", None)
                if writer is not None and not config.getoption("verbose", 0) >= 9:
                    writer._file = plugin.tail

            @pytest.hookimpl(tryfirst=True)
            def pytest_sessionstart(self, session):
                plugin.session = session
                plugin.root = str(session.config.rootpath)

            @pytest.hookimpl(tryfirst=True)
            def pytest_ignore_collect(self, collection_path):
                return True if plugin.veto(collection_path) else None

            @pytest.hookimpl(tryfirst=True)
            def pytest_collection(self, session):
                return None if plugin.wanted is None else plugin.collect_wanted(session)

            def pytest_collectstart(self, collector):
                if hasattr(pytest, "Directory") and isinstance(collector, pytest.Directory):
                    plugin.folders[str(collector.path)] = collector
                if plugin.collecting and isinstance(collector, pytest.File):
                    PIPE.send("loading", str(collector.path))
                    plugin.limit()

            @pytest.hookimpl(trylast=True)
            def pytest_collectreport(self, report):
                plugin.collected(report)

            def pytest_exception_interact(self, node, call, report):
                plugin.excepted(node, call.excinfo)

            def pytest_runtest_logreport(self, report):
                if plugin.case is not None and report.nodeid == plugin.case.item.nodeid:
                    plugin.case.add(report)

            def pytest_warning_recorded(self, warning_message):
                plugin.warned[0] += 1
                if len(plugin.warned[1]) < 5:
                    text = "%s:%s: %s" % (warning_message.filename, warning_message.lineno, warning_message.message)
                    plugin.warned[1].append(bounded(text, 500))

            @pytest.hookimpl(tryfirst=True)
            def pytest_runtestloop(self, session):
                plugin.serve(session)
                return True

        return Hooks()

    # Collecting

    def limit(self, on=True):
        """A file that takes too long to load ends the process, which says where it is."""
        import faulthandler

        if self.what["timeout"] and on:
            faulthandler.dump_traceback_later(self.what["timeout"], exit=True, file=PIPE.messages)
        elif self.what["timeout"]:
            faulthandler.cancel_dump_traceback_later()

    def collected(self, report):
        path = os.path.normpath(os.path.join(self.root, report.nodeid.partition("::")[0]))
        if report.failed:
            _, where = self.files.errors.get(path, (None, None))
            self.files.errors[path] = (bounded(report.longreprtext), where)
        elif report.skipped:
            file, line = report.longrepr[:2] if isinstance(report.longrepr, tuple) else (path, None)
            self.files.skipped[path] = (skip_reason(report), (str(file), line))
        # Whether to go on is for `prove` to say.
        if report.failed:
            self.session.shouldfail = False

    def excepted(self, node, excinfo):
        import pytest

        if self.case is not None and node is self.case.item:
            self.case.stands(excinfo)
        elif isinstance(node, pytest.Collector):
            path = str(node.path)
            message, _ = self.files.errors.get(path, ("", None))
            self.files.errors[path] = (message, in_file(excinfo, path))

    def announce(self, paths):
        """Tells what was found in files: `paths` are theirs, with the kinds."""
        for path, kind in paths:
            cases = []
            for _, name, where in self.files.items[path, kind]:
                same = where is not None and where[0] == path
                cases.append([name, where and where[1], None if same or not where else where[0]])
            PIPE.send("file", path, kind, cases)
        for path, (reason, _) in self.files.skipped.items():
            PIPE.send("skips", path, bounded(reason))
        for path, (message, where) in self.files.errors.items():
            file, line = where or (None, None)
            PIPE.send("unloaded", path, message, file, line)

    # Running

    def serve(self, session):
        self.limit(False)
        self.collecting = False
        gc.freeze()  # What is here by now stays; no collection need look at it again.
        found = self.files.add(session.items)
        if self.what["collects"]:
            self.announce(found)
        PIPE.send("ready" if self.what["collects"] else "alive")
        while True:
            line = PIPE.line()
            if not line:
                break
            self.run(session, json.loads(line)[1])
            PIPE.send("ready" if PIPE.listens() else "leaving")
        try:
            session._setupstate.teardown_exact(None)
        except BaseException as error:
            PIPE.send("broken", "error in the teardown of what several files share\n" + text_of(error))

    def run(self, session, what):
        key = what["path"], what["kind"]
        if key not in self.files.items and key[0] not in self.files.skipped:
            self.find(session, key[0])
        PIPE.send("loaded", key[0])
        only, but = what["only"], what["not"] or ()
        wanted = lambda name: name not in but and (only is None or name in only)  # noqa: E731
        if key in self.files.items:
            self.run_cases(session, [case for case in self.files.items[key] if wanted(case[1])])
        elif key[0] in self.files.errors:
            message, where = self.files.errors[key[0]]
            self.whole("failed", cause="setup", message=message, where=where)
        elif key[0] in self.files.skipped:
            reason, where = self.files.skipped[key[0]]
            self.whole("skipped", reason=reason, where=where)

    def find(self, session, path):
        """Collects one more file."""
        self.veto.wanted.add(path)
        self.files.errors.pop(path, None)
        session.config.args = [path]
        self.wanted = path if os.path.dirname(path) in self.folders else None
        try:
            session.config.hook.pytest_collection(session=session)
            self.files.add(session.items)
        except BaseException as error:
            self.files.errors.setdefault(path, (text_of(error), None))
        self.wanted = None

    def collect_wanted(self, session):
        """Collects a file in the node that its folder has: fixtures of a conftest
        belong to that node, and what others set up in it stays."""
        from pathlib import Path

        folder = self.folders[os.path.dirname(self.wanted)]
        found = folder.ihook.pytest_collect_file(file_path=Path(self.wanted), parent=folder)
        session.items = [item for node in found for item in session.genitems(node)]
        hook = session.config.hook
        hook.pytest_collection_modifyitems(session=session, config=session.config, items=session.items)
        hook.pytest_collection_finish(session=session)
        return True

    def whole(self, outcome, where=None, **detail):
        """A case that stands for a file."""
        file, line = where or (None, None)
        detail = {**detail, "file": file, "line": line}
        PIPE.send("start", "(load)")
        PIPE.send("end", "(load)", outcome, 0, {key: value for key, value in detail.items() if value})

    def run_cases(self, session, cases):
        try:
            self.leave(session, cases)
        except BaseException as error:
            message = "error in the teardown of what the files before it shared\n" + text_of(error)
            PIPE.send("start", "(end)")
            PIPE.send("end", "(end)", "failed", 0, {"cause": "assertion", "message": message})
        for at, (item, name, where) in enumerate(cases):
            if self.stop is not None:
                PIPE.send("start", name)
                PIPE.send("end", name, "not-run", 0, {"reason": self.stop}, hold=True)
                continue
            following = cases[at + 1][0] if at + 1 < len(cases) else self.beyond(item)
            self.start(name, where, str(file_of(item)))
            self.run_case(session, item, name, following)

    def leave(self, session, cases):
        """Tears down what stays from files before and the next case does not need."""
        if cases:
            chain = cases[0][0].listchain()
            if any(node not in chain for node in getattr(session._setupstate, "stack", ())):
                session._setupstate.teardown_exact(cases[0][0])

    def beyond(self, item):
        """What stays set up when the last of a file's cases has run: what the
        next file needs, if they come in order; at least the session."""
        items = self.files.order
        own = file_of(item)
        after = items.index(item) + 1 if item in items else len(items)
        for following in items[after:]:
            if file_of(following) != own:
                return following
        return Beyond(item.listchain()[:1])

    def start(self, name, where, home):
        """The begin of a case, and where it stands if not in the file `home`."""
        if where is None:
            PIPE.say('["start",%s]' % quote(name))
        elif where[0] == home:
            PIPE.say('["start",%s,%d]' % (quote(name), where[1]))
        else:
            PIPE.say('["start",%s,%d,%s]' % (quote(name), where[1], quote(where[0])))

    def run_case(self, session, item, name, following):
        self.case = case = Case(item)
        try:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        except BaseException as error:
            self.thrown(session, case, error, following)
        self.case = None
        self.failures += case.outcome == "failed"
        case.end(name, item.config)
        self.stop = self.stop or session.shouldfail or session.shouldstop or None

    def thrown(self, session, case, error, following):
        """What pytest lets pass: it would end the run."""
        case.outcome, case.cause = "failed", "assertion"
        case.fails.append(text_of(error))
        if type(error).__name__ == "Exit":
            self.stop = "pytest.exit: %s" % error
        try:
            session._setupstate.teardown_exact(following)
        except BaseException as second:
            case.fails.append(text_of(second))


def text_of(error):
    import traceback

    if type(error).__name__ == "Exit":
        return "pytest.exit: %s" % error
    return bounded("".join(traceback.format_exception(type(error), error, error.__traceback__)))


def main():
    what = json.loads(PIPE.line())[1]
    sys.path[:1] = [os.getcwd()]  # As `python -m pytest` has it.
    try:
        import pytest
    except ImportError as error:
        PIPE.send("nopytest", sys.executable, str(error))
        return 0
    PIPE.send("alive")
    sys.argv[:] = [os.path.join(os.path.dirname(pytest.__file__), "__main__.py"), *what["args"]]
    plugin = Plugin(what)
    # Nobody sees how far it is.
    quiet = ["-o", "console_output_style=classic"]
    code = int(pytest.main([*quiet, *what["args"]], plugins=[plugin.hooks()]))
    if plugin.warned[0]:
        PIPE.send("warned", *plugin.warned)
    if plugin.collecting or code not in (0, 1, 5):
        PIPE.print(plugin.tail.text())
    elif code == 1 and not plugin.failures and not plugin.files.errors:
        # Something else than a test says no: a coverage that is too low.
        PIPE.send("broken", "pytest fails, and no test does\n" + plugin.tail.text())
        return 0
    return 0 if code in (0, 1, 5) and not plugin.collecting else code or 70


def leave(code):
    """Ends as Python does; but a thread that never ends does not keep us."""
    import atexit
    import threading
    import time

    deadline = time.monotonic() + 2
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(max(0, deadline - time.monotonic()))
            if thread.is_alive():
                atexit._run_exitfuncs()
                os._exit(code)
    sys.exit(code)


PIPE = Pipe()
leave(main())
