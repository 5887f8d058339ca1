#!/bin/sh
# Plans two tests, and runs three.
echo 1..2
echo 'ok 1'
echo 'ok 2'
echo 'ok 3 - one too many'
