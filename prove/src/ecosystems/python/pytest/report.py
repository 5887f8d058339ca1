# What becomes of pytest's reports -----------------------------------------


class Case:
    """One case as it runs: what its reports come to."""

    def __init__(self, item):
        self.item = item
        self.begin()

    def begin(self):
        self.outcome, self.cause, self.where = "passed", None, None
        self.fails, self.reasons, self.sections = [], [], []
        self.seconds = 0.0

    def add(self, report):
        """A report: of the setup, the call, the teardown, a subtest."""
        if report.outcome == "rerun":
            self.begin()  # A plugin runs it again: only the last time counts.
            self.reasons.append("run again by a plugin")
            return
        if report.sections:
            self.sections = report.sections
        xfail = getattr(report, "wasxfail", None)
        if is_subtest(report):
            self.subtest(report, xfail)
            return
        self.seconds += getattr(report, "duration", 0)
        if report.failed:
            self.failed(report, "" if report.when == "call" else "error at %s\n" % report.when)
        elif report.skipped and xfail is None:
            self.become("skipped", skip_reason(report))
        elif report.skipped:
            self.become("todo", "expected failure: %s" % xfail if xfail else "expected failure")
        elif xfail is not None:
            self.reasons.append("unexpected pass: %s" % xfail if xfail else "unexpected pass")

    def subtest(self, report, xfail):
        context = getattr(report, "context", None)
        name = " ".join(
            [str(part) for part in (getattr(context, "msg", None),) if part]
            + ["%s=%r" % pair for pair in dict(getattr(context, "kwargs", None) or {}).items()]
        )
        if report.failed:
            self.failed(report, "subtest %s\n" % (name or "(unnamed)"))
        elif report.skipped and xfail is None:
            self.reasons.append("subtest %s skipped: %s" % (name, skip_reason(report)))

    def become(self, outcome, reason):
        if self.outcome == "passed":
            self.outcome = outcome
        self.reasons.append(reason)

    def failed(self, report, head):
        self.outcome = "failed"
        self.fails.append(head + report.longreprtext)
        if self.cause is None:
            self.cause = "setup" if report.when == "setup" else "assertion"
        if self.where is None:
            self.where = crash(report.longrepr)

    def stands(self, excinfo):
        """Where it failed: in its own file if the error passed there."""
        self.where = in_file(excinfo, str(self.item.path)) or self.where

    def end(self, name, config):
        for title, text in self.sections:
            if text:
                head = "" if title == "Captured stdout call" else "--- %s ---\n" % title
                PIPE.print(head + text + ("" if text.endswith("\n") else "\n"))
        if self.outcome == "passed" and not self.reasons:
            # Most cases; to build a message for each takes longer than to send it.
            return PIPE.say('["end",%s,"passed",%.6f]' % (quote(name), self.seconds), hold=True)
        detail = {"cause": self.cause, "reason": bounded("; ".join(self.reasons)) or None}
        if self.fails:
            detail["message"] = bounded("\n".join(self.fails))
        if self.where:
            file, line = self.where
            detail["file"] = os.path.join(str(config.invocation_params.dir), file)
            detail["line"] = line
        detail = {key: value for key, value in detail.items() if value}
        message = ["end", name, self.outcome, round(self.seconds, 6)]
        return PIPE.send(*message, *([detail] if detail else []), hold=True)


def is_subtest(report):
    return type(report).__name__.lower() == "subtestreport"


def skip_reason(report):
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
    return text[9:] if text.startswith("Skipped: ") else text or "skipped"


def crash(longrepr):
    """Where pytest says that it failed."""
    places = [getattr(longrepr, "reprcrash", None)]
    places += [place for place, _ in getattr(longrepr, "reprlocation_lines", ())]  # Of a doctest.
    for place in places:
        if place is not None and place.lineno:
            return str(place.path), place.lineno
    if getattr(longrepr, "filename", None) and getattr(longrepr, "firstlineno", None) is not None:
        return str(longrepr.filename), longrepr.firstlineno + 1  # Of a fixture that is not there.
    return None


def in_file(excinfo, file):
    """The last line of a file that an error, or what caused it, passed."""
    error, found, seen = excinfo.value, None, set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, SyntaxError) and error.filename and error.lineno:
            return error.filename, error.lineno
        tb = error.__traceback__
        while tb is not None:
            if tb.tb_frame.f_code.co_filename == file:
                found = file, tb.tb_lineno
            tb = tb.tb_next
        if found:
            return found
        error = error.__cause__ or error.__context__
    return None


