#!/usr/bin/perl
# Protects what operators meet first: nginx -t names directive, value and
# allowed range; it touches no data; and a reload with bad data or a bad
# configuration harms nothing.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Yizhan;
use Test::More;

sub check {
    my ($name, $pattern, %options) = @_;
    my $y = Yizhan->new(%options);
    my ($code, $text) = $y->nginx_test;
    if (defined $pattern) {
        isnt($code, 0, "$name: refused");
        like($text, $pattern, "$name: the message");
        like($text, qr/nginx\.conf:\d+/, "$name: the line");
    } else {
        is($code, 0, "$name: fine") or diag $text;
    }
    ok(!glob("$y->{data}/*/*"), "$name: no data was made");
    return $y;
}

check('no data anywhere', undef);
check('yizhan_data missing', qr/"yizhan" directive needs a "yizhan_data"/,
    no_data => 1);
check('yizhan_data twice', qr/"yizhan_data" directive is duplicate/,
    http => 'yizhan_data /x;');
check('yizhan_data empty', qr/"yizhan_data" directive has an empty path/,
    no_data => 1, http => 'yizhan_data "";');
check('yizhan_data without a path',
    qr/invalid number of arguments in "yizhan_data" directive/,
    no_data => 1, http => 'yizhan_data;');
check('yizhan_keys empty', qr/"yizhan_keys" directive has an empty path/,
    no_data => 1, http => 'yizhan_data /x; yizhan_keys "";');
check('yizhan_data in a location', qr/"yizhan_data" directive is not allowed/,
    location => 'yizhan_data /x;');
check('yizhan with an argument',
    qr/invalid number of arguments in "yizhan" directive/,
    server => 'location /x { yizhan on; }');
check('yizhan twice', qr/"yizhan" directive is duplicate/,
    location => 'yizhan;');

for my $value (qw(99ms 0 61s 2m -1s fast 1x)) {
    check("interval $value",
        qr/"yizhan_check_interval" directive has the value "\Q$value\E"; 100ms to 60s is allowed/,
        interval => $value);
}
check("interval $_", undef, interval => $_) for qw(100ms 1s 60s);
check('interval twice', qr/"yizhan_check_interval" directive is duplicate/,
    http => 'yizhan_check_interval 1s;');
for my $value (qw(-1 2d 86401 soon)) {
    check("max-age $value",
        qr/"yizhan_max_age" directive has the value "\Q$value\E"; 0 to 1d is allowed/,
        location => "yizhan_max_age $value;");
}
check("max-age $_", undef, location => "yizhan_max_age $_;") for qw(0 1d 90);

for my $value ('admin', '@', 'on', '""', 'OFF') {
    (my $shown = $value) =~ s/"//g;
    check("writes $value", qr/"yizhan_writes" directive has the value "\Q$shown\E"; the name of a named location, such as \@admin, or off is allowed/,
        location => "yizhan_writes $value;");
}
for my $where ('location', 'server', 'http') {
    check("writes to a location that is not there, in $where",
        qr/"yizhan_writes" directive has the value "\@none"; a named location of the same server is allowed/,
        $where => 'yizhan_writes @none;');
}
check('writes to a location', undef, http => 'yizhan_writes @none;',
    location => 'yizhan_writes @here;', server => 'location @here { }');
check('writes off below', undef, http => 'yizhan_writes @none;',
    location => 'yizhan_writes off;');
check('writes twice', qr/"yizhan_writes" directive is duplicate/,
    location => 'yizhan_writes off; yizhan_writes @here;');
subtest 'yizhan_writes beside a server without the interface' => sub {
    my $y = Yizhan->new(http => 'yizhan_writes @here;');
    $y->{server} = "location \@here { } }"
        . "server { listen unix:$y->{dir}/other.sock;";
    my ($code, $text) = $y->nginx_test;
    is($code, 0, 'fine') or diag $text;
};

subtest 'nginx -t beside a running nginx touches nothing' => sub {
    my $y = Yizhan->new->serve({id => 'a', name => '一', lng => 120,
        lat => 36});
    my $dir = $y->generation_dir;
    my @before = map { (stat "$dir/$_")[7, 9, 10] } qw(data.mdb lock.mdb);
    my ($code, $text) = $y->nginx_test;
    is($code, 0, 'passes') or diag $text;
    is_deeply([map { (stat "$dir/$_")[7, 9, 10] } qw(data.mdb lock.mdb)],
        \@before, 'files stay as they were');
    is($y->get('/v1/places/a')->{status}, 200, 'and it serves on');

    $y->{location} = 'yizhan_max_age 9y;';
    Yizhan::write_file("$y->{dir}/nginx.conf", $y->configuration);
    my ($pid) = $y->workers;
    $y->signal('HUP');
    $y->wait_for('the refusal', sub {
        return $y->error_log =~ /yizhan_max_age.*0 to 1d is allowed/;
    });
    is(($y->workers)[0], $pid, 'a reload with a bad file changes nothing');
    is($y->get('/v1/places/a')->{status}, 200, 'and it serves on');

    $y->{location} = 'yizhan_max_age 5s;';
    Yizhan::write_file("$y->{dir}/nginx.conf", $y->configuration);
    $y->reload;
    $y->wait_ready;
    is($y->get('/v1/places/a')->header('Cache-Control'), 'public, max-age=5',
        'a good one takes effect');
    $y->allow(qr/yizhan_max_age/);
    $y->finish;
};

subtest 'other data after a reload' => sub {
    my $y = Yizhan->new->serve({id => 'a', name => '一', lng => 120,
        lat => 36});
    my $first = $y->{data};
    my $other = Yizhan->new;
    $other->load({id => 'b', name => '二', lng => 120, lat => 36});
    $y->{data} = $other->{data};
    Yizhan::write_file("$y->{dir}/nginx.conf", $y->configuration);
    $y->reload;
    $y->wait_ready;
    is($y->get('/v1/places/b')->{status}, 200, 'the new directory serves');
    is($y->get('/v1/places/a')->{status}, 404, 'the old one does not');
    $y->finish;
};

subtest 'one process, without a master' => sub {
    my $y = Yizhan->new(main => 'master_process off;')->serve({id => 'a',
        name => '一', lng => 120, lat => 36});
    is($y->get('/v1/places/a')->{status}, 200, 'serves');
    $y->finish;
};

done_testing;
