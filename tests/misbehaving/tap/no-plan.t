#!/bin/sh
# Never says how many tests there are.
echo 'ok 1'
echo 'ok 2'
