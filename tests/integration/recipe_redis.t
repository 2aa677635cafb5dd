#!/usr/bin/env perl
# to-redis: what goes in comes out, or waits. Redis refuses no user for what it is.

use strict;
use warnings;
use Test::More;
use Testbed;
use Recipes;

my $home = folder();
my $to = example('redis');
my $port = free_port();
my $server = spawn(['redis-server', '--port', $port, '--bind', '127.0.0.1', '--save', '',
	'--dir', $home], out => "$home/redis.log");
wait_until { `redis-cli -p $port PING 2>/dev/null` =~ /PONG/ } 'Redis';

sub redis { return `redis-cli -p $port --raw @_` }

sub stream { return [grep {/^\{/} split /\n/, redis('XRANGE', "'$_[0]'", '-', '+')] }

takes('users', [users()], $to, 'users', '-p', $port);
is_deeply stream('users'), [users()], '... arrive, byte for byte, in order';
my @hard = map { $_->[0] } hard_users();
takes('hard users', \@hard, $to, 'hard', '-p', $port);
is_deeply stream('hard'), \@hard, '... arrive, byte for byte, in order';
my $name = "a\\tb \xc3\xa9";
takes('a stream\'s name', [users()], $to, $name, '-p', $port);
is_deeply stream($name), [users()], '... with what awk would take for an escape';

redis(qw(SET other x));
waits('a key that is not a stream', $to, 'other', '-p', $port);

# A command that is refused after the recipe has asked.
redis(qw(CONFIG SET maxmemory 1));
my ($status, $said) = run_recipe([users()], $to, 'users', '-p', $port);
redis(qw(CONFIG SET maxmemory 0));
is $status, 75, 'no memory: exit 75';
is $said =~ s/.*(OOM)[^\n]*\n/$1/rs, 'OOM', '... and one message for all users';
redis(qw(REPLICAOF 127.0.0.1 1));
waits('a replica', $to, 'users', '-p', $port);
redis(qw(REPLICAOF NO ONE));
redis(qw(CONFIG SET requirepass secret));
waits('no password', $to, 'users', '-p', $port);
{
	local $ENV{REDISCLI_AUTH} = 'wrong';
	waits('a wrong password', $to, 'users', '-p', $port);
	local $ENV{REDISCLI_AUTH} = 'secret';
	takes('REDISCLI_AUTH', [users()], $to, 'users', '-p', $port);
}
takes('-a', [users()], $to, 'users', '-p', $port, '-a', 'secret');

stop($server);
waits('Redis stopped', $to, 'users', '-p', $port);
{
	local $ENV{PATH} = '/nonexistent';
	($status) = run_recipe([users()], '/bin/bash', $to, 'users', '-p', $port);
	isnt $status, 0, 'no redis-cli: not 0';
}

done_testing;
