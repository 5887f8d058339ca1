#!/bin/sh
# A signal ends it after the first of its two tests.
echo 1..2
echo 'ok 1 - before the crash'
kill -SEGV $$
