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


def loaded(file, hold=False):
    PIPE.send(array("loaded", file), hold)


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


