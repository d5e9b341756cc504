#!/usr/bin/perl
# What this protects: the audit.  Every accepted write is in the log once,
# with time, actor and role, and can be followed, checked and exported without
# giving away what people wrote; entries that went into files are read like
# those that did not, a file that is missing or changed is found, and taking
# back, backing up and restoring work over all of it.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Select;
use JSON::PP ();
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Workers;
use Yizhan;

my $y = Yizhan->new(writes => 1);
$y->{settings} = Workers::settings($y);
$y->start_daemon;
my %at = (lng => 120.38, lat => 36.06, region => '370202');
$y->load(map { {id => "p-$_", name => "站 $_", %at} } 1 .. 5);
my $codes = $y->codes;
$y->start->wait_ready;
my $log = "$y->{data}/private/log";

sub lines { return split /\n/, $y->command('log', @_) }
sub exported {
    return map { JSON::PP->new->utf8->decode($_) } lines('export', @_);
}
sub files { return map { s{.*/}{}r } sort glob "$log/*" }

for my $score (1 .. 3) {
    my $answer = $y->post("/v1/places/p-$score/ratings", {score => $score,
        comment => '凳子不够', scan_token => Workers::token($y, "p-$score")},
        Workers::bearer("one-$score"));
    is($answer->{status}, 201, "rating $score");
}
$y->load({id => 'p-1', name => '站 甲', %at});

subtest 'list and tail' => sub {
    my @list = lines();
    is_deeply([lines('list')], \@list, 'list is what log alone prints');
    like($list[0], qr/^2  \S+  load  .* \+0 ~1 -0/, 'batches, newest first');
    my @tail = lines('tail', '--limit', 100);
    my @all = exported();
    is(scalar @tail, scalar @all, 'tail prints every entry');
    is_deeply([map { /^(\d+)/ } @tail], [map { $_->{seq} } @all],
        'in their order');
    my @ratings = grep { /  put  rating / } @tail;
    is(scalar @ratings, 3, 'ratings too');
    my $who = 'by worker [0-9a-f]{8} as none';
    like($ratings[0], qr/^\d+  \S+\+08:00  put  rating [0-9a-f]{48}  $who$/,
        'who and what');
    is(scalar(lines('tail', '--limit', 2)), 2, '--limit');

    # Following.
    my $pid = open my $follow, '-|', $Yizhan::COMMAND, '--dir', $y->{data}, 'log',
        'tail', '-f', '--limit', 1 or die;
    like(scalar <$follow>, qr/  batch  load  by operator /, 'the newest');
    $y->load({id => 'p-2', name => '站 乙', %at});
    my $select = IO::Select->new($follow);
    ok($select->can_read($Yizhan::PATIENCE_S), 'what comes');
    like(scalar <$follow>, qr/  place  p-2  by operator /, 'is printed');
    kill 'TERM', $pid;
    close $follow;
};

subtest 'export' => sub {
    my @all = exported();
    is_deeply([map { $_->{seq} } @all], [1 .. @all], 'every entry, once');
    my @ratings = grep { ($_->{table} // '') eq 'rating' } @all;
    is_deeply([map { "$_->{place} $_->{score}" } @ratings],
        ['p-1 1', 'p-2 2', 'p-3 3'], 'ratings are decoded');
    ok($ratings[0]{comment}, 'that there was a comment');
    my $text = $y->command('log', 'export');
    unlike($text, qr/凳子/, 'not what it said');
    for my $code (values %$codes) {
        (my $plain = $code) =~ s/-//g;
        unlike($text, qr/\Q$code\E|$plain/, 'no code');
    }
    is($ratings[0]{role}, 'none', 'the role');
    is(scalar(exported('--from', 3, '--to', 5)), 2, 'by number');
    is(scalar(exported('--from', '2020-01-01')), scalar @all, 'from a day');
    is(scalar(exported('--to', '2020-01-01')), 0, 'up to a day');
    is(($y->try_command('log', 'export', '--from', 'monday'))[0], 2,
        'another word is a usage error');
    is(($y->try_command('log', 'sing'))[0], 2, 'another subject too');
};

subtest 'archive' => sub {
    is($y->command('log', 'archive'), "archived: 0 entries of the log\n",
        'nothing is old enough');
    my $before = $y->command('log', 'export');
    my $dump = join '', grep { /^\{"log"/ }
        map { "$_\n" } split /\n/, $y->command('dump', '--private');
    sleep 1.1;
    like($y->command('log', 'archive', '--days', 0),
        qr/^archived: [1-9]\d* entries/, 'by the daemon');
    is_deeply([files()], ['000000001.log'], 'into a file');
    is(sprintf('%o', (stat "$log/000000001.log")[2] & 0777), '400',
        'that nobody changes');
    is($y->command('log', 'export'), $before, 'the export is the same');
    is(join('', grep { /^\{"log"/ } map { "$_\n" }
        split /\n/, $y->command('dump', '--private')), $dump,
        'the dump is the same');
    like($y->command('log', 'verify'), qr/^verified: log 1 to \d+$/m,
        'the log is right');
    like($y->command('verify'), qr/^verified/, 'and all the rest');
    $y->command('rollback', 3);
    ok(index(Yizhan::read_file("$log/000000001.log"), 'p-2') > 0,
        'the entry is in the file');
    is($y->get('/v1/places/p-2')->json->{properties}{name}, '站 2',
        'what is archived can be taken back');
    like($y->command('verify'), qr/^verified/, 'which is right');
    sleep 1.1;
    $y->stop_daemon;
    like($y->command('log', 'archive', '--days', 0),
        qr/^archived: [1-9]\d* entries/, 'without a daemon');
    is(scalar(files()), 2, 'into another file');
    like($y->command('verify'), qr/^verified/, 'which is right');
    $y->start_daemon;
    my $answer = $y->post('/v1/places/p-4/ratings', {score => 4,
        scan_token => Workers::token($y, 'p-4')}, Workers::bearer('four'));
    is($answer->{status}, 201, 'the log goes on');
    like($y->command('log', 'verify'), qr/^verified/, 'in one chain');
};

subtest 'backup and restore with files' => sub {
    my $copy = "$y->{dir}/tmp/copy";
    my $before = $y->command('log', 'export');
    $y->command('backup', $copy);
    my $other = Yizhan->new;
    $other->command('restore', $copy);
    is($other->command('log', 'export'), $before, 'the whole log is restored');
    like($other->command('verify'), qr/^verified/, 'and right');
    $other->finish;
};

subtest 'files that are missing or changed' => sub {
    my ($first) = files();
    my $bytes = Yizhan::read_file("$log/$first");
    for my $change ([length($bytes) - 1, 'the index'], [200, 'an entry'],
        [50, 'the head']) {
        my ($offset, $what) = @$change;
        my $bad = $bytes;
        substr($bad, $offset, 1) ^= "\x01";
        chmod 0600, "$log/$first";
        unlink "$log/$first";
        Yizhan::write_file("$log/$first", $bad);
        my ($code, $said) = $y->try_command('log', 'verify');
        is($code, 1, "$what changed: log verify finds it");
        like($said, qr/archived log $first is damaged|is missing|damaged/,
            "$what: and says so");
        is(($y->try_command('verify'))[0], 1, "$what: verify too");
    }
    unlink "$log/$first";
    my ($code, $said) = $y->try_command('log', 'verify');
    is($code, 1, 'a file that is gone');
    like($said, qr/log entry 1: it is missing/, 'is told');
    Yizhan::write_file("$log/$first", substr $bytes, 0, 100);
    is(($y->try_command('log', 'verify'))[0], 1, 'one that is cut');
    unlink "$log/$first";
    Yizhan::write_file("$log/$first", $bytes);
    like($y->command('log', 'verify'), qr/^verified/, 'put back it is right');
};

$y->finish;
done_testing();
