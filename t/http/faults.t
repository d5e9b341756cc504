#!/usr/bin/perl
# Protects what happens when data is bad: 503 with a reason, one log line a
# minute, a master that lives, recovery by itself; and the guard zone, without
# which one damaged page would kill workers for ever.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Yizhan;
use File::Path qw(remove_tree);
use Test::More;
use Time::HiRes qw(sleep);

my $place = {id => 'a', name => '一', lng => 120, lat => 36};

sub unavailable {
    my ($y, $why) = @_;
    my $answer = $y->wait_for("503: $why", sub {
        my $a = $y->get('/v1/places/a');
        return $a->{status} == 503 && $a;
    });
    is($answer->json->{code}, 'data-unavailable', "$why: says so");
    like($answer->header('Retry-After'), qr/^[1-9]\d*$/,
        "$why: and when to come back");
    is($y->get('/readyz')->{status}, 503, "$why: not ready");
    is($y->get('/healthz')->{status}, 200, "$why: but alive");
    is($y->get('/version')->json->{data}, undef, "$why: /version says so");
    return;
}

sub complaints {
    my ($y) = @_;
    return scalar(() = $y->error_log =~ /yizhan: no data/g);
}

sub recovers {
    my ($y, $why) = @_;
    $y->wait_for("recovery: $why", sub {
        return $y->get('/v1/places/a')->{status} == 200;
    });
    pass("$why: recovers by itself");
    cmp_ok(complaints($y), '<=', 1, "$why: one line in the log");
}

# Bytes over the file in place, as a broken disk would.
sub damage {
    my ($path, $offset, $bytes) = @_;
    open my $file, '+<:raw', $path or die "$path: $!";
    seek $file, $offset, 0;
    print $file $bytes;
    close $file;
}

subtest 'no data yet' => sub {
    my $y = Yizhan->new(workers => 2)->start;
    unavailable($y, 'nothing there');
    $y->load($place);
    recovers($y, 'the first load');
    $y->finish;
};

subtest 'no keys' => sub {
    my $y = Yizhan->new;
    $y->load($place);
    my $code = $y->codes->{a};
    rename "$y->{data}/keys/read.keys", "$y->{dir}/tmp/keys";
    $y->start->wait_ready;
    is($y->get('/v1/places/a')->{status}, 200, 'places need none');
    is($y->get("/s/$code")->{status}, 503, 'scans do');
    is($y->get("/s/$code", Accept => 'text/html')->header('Content-Type'),
        'text/html; charset=utf-8', 'with a page for browsers');
    rename "$y->{dir}/tmp/keys", "$y->{data}/keys/read.keys";
    $y->wait_for('keys', sub { $y->get("/s/$code")->{status} == 200 });
    is(scalar(() = $y->error_log =~ /key file/g), 1, 'one line in the log');
    $y->finish;
};

# Each gets a closed directory of good data, spoils it, and says how to mend
# it.
my %spoil = (
    'current names nothing' => sub {
        my ($y) = @_;
        my $current = "$y->{data}/public/current";
        my $target = readlink $current;
        unlink $current;
        symlink 'gen-99', $current;
        return sub { unlink $current; symlink $target, $current };
    },
    'current is no generation' => sub {
        my ($y) = @_;
        my $current = "$y->{data}/public/current";
        my $target = readlink $current;
        unlink $current;
        symlink '../private', $current;
        return sub { unlink $current; symlink $target, $current };
    },
    'another format' => sub {
        my ($y) = @_;
        my $dir = $y->generation_dir;
        my $meta = `mdb_dump -p -s meta '$dir'`;
        (my $other = $meta) =~ s/^( format\n) \\0\d\\00\\00\\00$/$1 \\63\\00\\00\\00/m
            or die 'no format in meta';
        my $put = sub {
            Yizhan::write_file("$y->{dir}/tmp/meta", $_[0]);
            system("mdb_load -f '$y->{dir}/tmp/meta' -s meta '$dir'"
                . ' 2>/dev/null') == 0 or die 'mdb_load';
        };
        $put->($other);
        return sub { $put->($meta) };
    },
    'a cut file' => sub {
        my ($y) = @_;
        my $file = $y->generation_dir . '/data.mdb';
        my $bytes = Yizhan::read_file($file);
        truncate $file, 4096 * 3;
        return sub { Yizhan::write_file("$file", $bytes) };
    },
    'an empty file' => sub {
        my ($y) = @_;
        my $file = $y->generation_dir . '/data.mdb';
        my $bytes = Yizhan::read_file($file);
        truncate $file, 0;
        return sub { Yizhan::write_file("$file", $bytes) };
    },
    'garbage' => sub {
        my ($y) = @_;
        my $file = $y->generation_dir . '/data.mdb';
        my $bytes = Yizhan::read_file($file);
        Yizhan::write_file($file, 'garbage! ' x (length($bytes) / 9));
        return sub { Yizhan::write_file("$file", $bytes) };
    },
    'both heads damaged' => sub {
        my ($y) = @_;
        my $file = $y->generation_dir . '/data.mdb';
        my $bytes = Yizhan::read_file($file);
        damage($file, 0, "\xff" x 8192);
        return sub { Yizhan::write_file("$file", $bytes) };
    },
);
$spoil{'files that may not be read'} = sub {
    my ($y) = @_;
    my $dir = $y->generation_dir;
    chmod 0, $dir;
    return sub { chmod 0755, $dir };
};

for my $why (sort keys %spoil) {
    subtest $why => sub {
        my $y = Yizhan->new;
        $y->load($place);
        my $mend = $spoil{$why}->($y);
        $y->start;
        unavailable($y, $why);
        my ($code, $text) = $y->nginx_test;
        is($code, 0, "$why: nginx -t passes") or diag $text;
        my $pid = $y->{pid};
        $y->reload;
        unavailable($y, "$why after a reload");
        ok(kill(0, $pid), "$why: the master lives");
        $mend->();
        recovers($y, $why);
        $y->finish;
    };
}

subtest 'data that goes while it serves' => sub {
    my $y = Yizhan->new->serve($place);
    my $away = "$y->{dir}/tmp/public";
    rename "$y->{data}/public", $away;
    sleep 0.5;
    is($y->get('/v1/places/a')->{status}, 200, 'is served on');
    rename $away, "$y->{data}/public";

    remove_tree("$y->{data}/$_") for qw(public private keys);
    $y->make_directories;
    $y->load({%$place, name => '新的'});
    $y->wait_for('the new data', sub {
        return $y->get('/v1/places/a')->text =~ /新的/;
    });
    pass('data made anew in its place is taken up');
    $y->finish;
};

subtest 'a file cut while it serves' => sub {
    my $y = Yizhan->new(workers => 2);
    $y->allow(qr/exited on signal/);
    $y->serve(map { {%$place, id => "p-$_"} } 1 .. 500);
    $y->load($place);
    my $file = $y->generation_dir . '/data.mdb';
    my $bytes = Yizhan::read_file($file);
    truncate $file, 4096 * 4;
    unavailable($y, 'cut');
    Yizhan::write_file("$file", $bytes);
    recovers($y, 'the whole file');
    $y->finish;
};

# The root of everything becomes the file's last page, and its first node lies
# beyond the end of the file: whoever looks is killed.  LMDB itself catches
# most other damage.
sub make_deadly {
    my ($file) = @_;
    my $bytes = Yizhan::read_file($file);
    my $last = length($bytes) / 4096 - 1;
    # Page header: number, padding, leaf, free space; then the first offset.
    damage($file, 4096 * $last, pack 'Q<vvvvv', $last, 0, 2, 20, 4096,
        0xffff, 0xffff);
    for my $meta (0, 1) {
        damage($file, 4096 * $meta + 128, pack 'Q<', $last);
        damage($file, 4096 * $meta + 136, pack 'Q<', $last);
    }
}

subtest 'a page that kills' => sub {
    my $y = Yizhan->new(workers => 2);
    $y->allow(qr/exited on signal/);
    $y->serve(map { {%$place, id => "p-$_"} } 1 .. 20);
    my $pid = $y->{pid};
    make_deadly($y->generation_dir . '/data.mdb');
    $y->wait_for('the end of it', sub {
        $y->get('/v1/places/p-1');
        return $y->error_log =~ /is given up/;
    });
    unavailable($y, 'deadly data');
    like($y->error_log,
        qr/generation \d+ is given up: 3 workers died in lookups/,
        'the log tells why');
    my $deaths = () = $y->error_log =~ /exited on signal/g;
    cmp_ok($deaths, '<=', 4, "$deaths deaths, not more");
    my @before = sort $y->workers;
    sleep 1;
    $y->get('/v1/places/p-1') for 1 .. 20;
    is_deeply([sort $y->workers], \@before, 'nobody dies any more');
    ok(kill(0, $pid), 'the master lives');
    $y->reload;
    unavailable($y, 'after a reload');

    # State is private and whole: public data comes anew from it.
    remove_tree("$y->{data}/public");
    $y->make_directories;
    $y->command('rebuild');
    $y->wait_for('the next generation', sub {
        return $y->get('/v1/places/p-1')->{status} == 200;
    });
    pass('another generation serves');
    $y->finish;
};

subtest 'one damaged record' => sub {
    my $y = Yizhan->new;
    $y->load(map { {%$place, id => "p-$_", name => "站 $_",
        lng => 120 + $_ * $_ / 1000} } 1 .. 9);
    my $dir = $y->generation_dir;
    my $dump = `mdb_dump -s place '$dir'`;
    my @lines = split /\n/, $dump;
    my ($number) = grep { $lines[$_] =~ unpack 'H*', '"p-5"' } 0 .. $#lines;
    substr $lines[$number], 1 + 2 * 62, 4, 'ffff';
    Yizhan::write_file("$y->{dir}/tmp/place", join("\n", @lines) . "\n");
    system("mdb_load -f '$y->{dir}/tmp/place' -s place '$dir' 2>/dev/null")
        == 0 or die 'mdb_load';
    $y->start->wait_ready;
    my $answer = $y->get('/v1/places/p-5');
    is($answer->{status}, 500, 'is a 500');
    is($answer->json->{code}, 'record-damaged', 'that says so');
    is($y->get('/v1/places/p-4')->{status}, 200, 'for that record alone');
    my $near = $y->get("/v1/nearby?place=p-4")->json;
    is(scalar @{$near->{features}}, 8, 'lists do without it');
    is(scalar(() = $y->error_log =~ /place record of generation/g), 1,
        'one line in the log');
    unlike($y->error_log, qr/p-5/, 'which does not say who asked what');
    $y->finish;
};

done_testing;
