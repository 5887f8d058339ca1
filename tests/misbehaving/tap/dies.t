#!/usr/bin/env perl
# Dies in the middle, with Perl's own words.
use strict;
use warnings;
use Test::More tests => 3;
ok 1, 'opens';
die "the sky fell\n";
