# doctest ---------------------------------------------------------------


class Docs:
    """The docstrings of one module that have examples; or one text."""

    def __init__(self, what):
        global DOCTEST
        if DOCTEST is None:
            DOCTEST = examples()
        names = Names(what["module"], False)
        if what.get("text") is None:
            self.module = load(what["module"], what["path"])
            self.file = self.module.__file__
            tests = DOCTEST.docstrings(self.module, what["module"])
        else:
            self.file = what["path"]
            tests = [DOCTEST.text(what["path"], what["text"])]
        self.tests = [(test, names.unique(test.name)) for test in tests]

    def select(self, only, but):
        self.tests = [
            (test, name)
            for test, name in self.tests
            if (only is None or name in only) and name not in but
        ]


def run_docs(what):
    docs = Docs(what)
    docs.select(what["only"], what["not"] or ())
    loaded(docs.file)
    runner = DOCTEST.Runner(what.get("flags") or ())
    left = len(docs.tests)
    for test, name in docs.tests:
        left -= 1
        name = quote(name)
        start(name, begins(test), docs.file)
        began = perf_counter()
        runner.examine(test)
        seconds = perf_counter() - began
        if runner.where:
            message = "".join(runner.said).strip("*\n") + "\n"
            end(name, "failed", seconds, runner.cause, message, where=runner.where)
        elif not runner.ran:
            end(name, "skipped", seconds, reason="each example is marked +SKIP")
        else:
            # Nothing happens before the next begins, so that it can wait for that.
            end(name, "passed", seconds, hold=left > 0)


def begins(test):
    """Where a docstring or a text begins: its file and line."""
    return test.filename and (test.filename, 1 if test.lineno is None else test.lineno + 1)


def examples():
    """What finds and runs examples; made late because doctest is imported late.

    It is doctest's own finder and runner, so that every rule of it holds, but
    for what takes them longer than the examples themselves.
    """
    import doctest
    import linecache

    for flag in ("NUMBER", "ALLOW_UNICODE", "ALLOW_BYTES"):
        doctest.register_optionflag(flag)  # pytest's.
    Pdb = doctest._OutputRedirectingPdb

    class Finder(doctest.DocTestFinder):
        """Looks closer only at docstrings with a prompt."""

        def _get_test(self, obj, name, module, globs, source_lines):
            try:
                docstring = obj if isinstance(obj, str) else obj.__doc__
                if docstring is None or ">>>" not in str(docstring):
                    return None
            except (TypeError, AttributeError):
                return None
            try:
                test = super()._get_test(obj, name, module, globs, None)
            except ValueError as error:
                # Its other docstrings have nothing to do with this one's mistake.
                test = doctest.DocTest([], globs, name, module.__file__, None, str(docstring))
                test.mistake = error
            if test is not None and source_lines:
                test.lineno = self.line(test, obj, source_lines)
            return test

        def _find_lineno(self, obj, source_lines):
            return None if source_lines is None else super()._find_lineno(obj, source_lines)

        def line(self, test, obj, lines):
            """The line, from 0, on which a docstring begins.

            doctest looks for a line that begins with a quote, and finds none
            for what is cached, and a wrong one behind decorators
            (python/cpython#115392, #136914). Its prompts are plain to see.
            """
            wanted = [line.strip() for line in test.docstring.expandtabs().splitlines()]
            first = next(at for at, line in enumerate(wanted) if ">>>" in line)
            wanted = wanted[first:]
            since = place_of(obj, lines)
            for whole in (True, False):
                for at in range(since, len(lines)):
                    if fits(lines, at, wanted, whole):
                        return max(at - first, 0)
            return super()._find_lineno(obj, lines)

    def fits(lines, at, wanted, whole):
        """Whether this line is a docstring's first prompt; `whole`: and the rest of it follows."""
        if not lines[at].strip().endswith(wanted[0]) and not lines[at].lstrip(" \t\"'rRuU").startswith(wanted[0]):
            return False
        rest = zip(lines[at + 1 : at + len(wanted)], wanted[1:])
        return not whole or all(line.strip().startswith(want) for line, want in rest)

    def place_of(obj, lines):
        """The line, from 0, behind which an object's docstring stands."""
        for _ in range(100):
            code = getattr(obj, "__code__", None)
            if code is not None:
                return min(max(getattr(code, "co_firstlineno", 1) - 1, 0), len(lines))
            inner = obj.fget if isinstance(obj, property) else getattr(obj, "__wrapped__", None)
            if inner is None:
                break
            obj = inner
        if isinstance(obj, type):
            head = "class %s" % obj.__name__
            for at, line in enumerate(lines):
                rest = line.strip()[len(head) :]
                if line.lstrip().startswith(head) and not rest[:1].isalnum() and rest[:1] != "_":
                    return at
        return 0

    class Debugger:
        """Stands for doctest's debugger, which takes longer to make than most examples to run."""

        def __init__(self, out):
            self.out = out
            self.real = None

        def reset(self):
            pass

        def set_trace(self, frame=None, **more):
            if self.real is None:
                self.real = Pdb(self.out)
                self.real.reset()
            self.real.set_trace(frame or sys._getframe().f_back, **more)

        def set_continue(self):
            if self.real is not None:
                self.real.set_continue()

    class Runner(doctest.DocTestRunner):
        """Remembers of one docstring or text what there is to say."""

        def __init__(self, flags):
            known = doctest.OPTIONFLAGS_BY_NAME
            flags = [known[flag] for flag in flags if flag in known]
            super().__init__(Checker(), verbose=False, optionflags=sum(set(flags)))

        def examine(self, test):
            self.said, self.where, self.ran, self.cause = [], None, False, "assertion"
            mistake = getattr(test, "mistake", None)
            if mistake is not None:
                self.said.append("%s: %s" % (type(mistake).__name__, mistake))
                self.where, self.cause = begins(test), "setup"
                return
            doctest._OutputRedirectingPdb = Debugger
            try:
                self.run(test, out=self.said.append)
            except BaseException as error:  # KeyboardInterrupt, which doctest lets pass.
                self.said.append(trace(error))
                self.where = self.where or begins(test)
            finally:
                doctest._OutputRedirectingPdb = Pdb

        def note(self, test, example):
            if self.where is None:
                line = None if test.lineno is None else test.lineno + example.lineno + 1
                self.where = test.filename, line

        def report_start(self, out, test, example):
            self.ran = True

        def report_failure(self, out, test, example, got):
            self.note(test, example)
            super().report_failure(out, test, example, got)

        def report_unexpected_exception(self, out, test, example, exc_info):
            self.note(test, example)
            super().report_unexpected_exception(out, test, example, exc_info)

    class Checker(doctest.OutputChecker):
        """doctest's own, and the flags that pytest adds."""

        def check_output(self, want, got, optionflags):
            if super().check_output(want, got, optionflags):
                return True
            number, *prefixes = (
                doctest.OPTIONFLAGS_BY_NAME[flag] & optionflags
                for flag in ("NUMBER", "ALLOW_UNICODE", "ALLOW_BYTES")
            )
            if not number and not any(prefixes):
                return False
            import re

            for letters, wanted in zip(("uU", "bB"), prefixes):
                if wanted:
                    prefix = re.compile(r"(\W|^)[%s]([rR]?['\"])" % letters)
                    want, got = prefix.sub(r"\1\2", want), prefix.sub(r"\1\2", got)
            if number:
                got = rounded(want, got, re)
            return super().check_output(want, got, optionflags)

    def rounded(want, got, re):
        """What was got, with each number as it is wanted where it is that near."""
        number = re.compile(r"[+-]?(?:\d*\.(\d+)|\d+\.|\d+(?=[Ee][+-]?\d))(?:[Ee]([+-]?\d+))?")
        wants, gots = list(number.finditer(want)), list(number.finditer(got))
        if len(wants) != len(gots):
            return got
        for w, g in reversed(list(zip(wants, gots))):
            fraction, exponent = w.groups()
            digits = len(fraction or "") - int(exponent or 0)
            if abs(float(w.group()) - float(g.group())) <= 10.0**-digits:
                got = got[: g.start()] + w.group() + got[g.end() :]
        return got

    class Examples:
        finder = Finder(exclude_empty=True)
        parser = doctest.DocTestParser()

        def docstrings(self, module, name):
            tests = self.finder.find(module, name)
            return [test for test in tests if test.examples or hasattr(test, "mistake")]

        def text(self, path, hidden):
            """A text as one test, as `testfile` takes it. `hidden`: lines that are no examples'."""
            with open(path, encoding="utf-8-sig") as file:
                lines = file.read().split("\n")
            for first, last in hidden:
                lines[first - 1 : last] = [""] * (last - first + 1)
            name, globs = os.path.basename(path), {"__name__": "__main__"}
            try:
                return self.parser.get_doctest("\n".join(lines), globs, name, path, 0)
            except ValueError as error:
                test = doctest.DocTest([], globs, name, path, 0, None)
                test.mistake = error
                return test

    found = Examples()
    found.Runner = Runner
    return found


DOCTEST = None
