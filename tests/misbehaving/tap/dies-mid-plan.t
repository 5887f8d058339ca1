#!/bin/sh
# Leaves with code 3 after two of four tests.
echo 1..4
echo 'ok 1'
echo 'ok 2'
echo 'the sky fell' >&2
exit 3
