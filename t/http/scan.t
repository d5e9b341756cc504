#!/usr/bin/perl
# Protects GET /s/{code}, what 184,000 printed codes lead to: forgiving of how
# a code is typed, with a token, private; unknown and malformed codes alike;
# the three ways in which a code leads to no open station.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Yizhan;
use MIME::Base64 qw(encode_base64 decode_base64);
use Digest::SHA qw(hmac_sha256);
use Test::More;
use Time::HiRes qw(time);

my $y = Yizhan->new;
$y->load(
    {id => 'a-1', name => '香港中路驿站', region => '370202',
        lng => 120.3826, lat => 36.0671, hours => '24/7'},
    {id => 'b-1', name => '关门站', region => '370202', lng => 120.383,
        lat => 36.0671, status => 'closed'},
    {id => 'c-1', name => '暂停站', region => '370202',
        lng => 120.3827, lat => 36.0671, status => 'suspended',
        until => '2099-01-01'},
    {id => 'd-1', name => '换过码', region => '370202', lng => 120.3828,
        lat => 36.0671, hours => '24/7'},
    {id => 'e-1', name => '没有地区', lng => 120.39, lat => 36.0671},
);
my $code = $y->codes;
$y->start->wait_ready;

# Marks the code of d-1 as revoked in the public data, as a reissue would.
sub revoke {
    my ($id) = @_;
    my $dir = $y->generation_dir;
    my $wanted = unpack 'H*', number_of($id);
    change($dir, 'code', sub {
        my ($value) = @_;
        return if length $value != 2 * 4080;
        # entries of 16 bytes behind a head of 48: tail, revoked, number
        for (my $at = 2 * 48; $at < length $value; $at += 2 * 16) {
            substr($value, $at + 2 * 11, 2) = '01'
                if substr($value, $at + 2 * 12, 8) eq $wanted;
        }
        return $value;
    });
    # what readers remember of codes is void
    my $next;
    change($dir, 'meta', sub {
        my ($text) = @_;
        my $is_moved = $next;
        $next = $text eq unpack 'H*', 'moved_txn';
        return $is_moved ? 'ff' . substr $text, 2 : undef;
    });
}

# Writes the lines of a database again, those that $edit gives as it does.
sub change {
    my ($dir, $database, $edit) = @_;
    my $file = "$y->{dir}/tmp/$database.dump";
    my @lines = map { /^ ([0-9a-f]+)$/ ? ' ' . ($edit->($1) // $1) : $_ }
        split /\n/, `mdb_dump -s $database '$dir'`;
    Yizhan::write_file($file, join("\n", @lines) . "\n");
    system("mdb_load -f '$file' -s $database '$dir' 2>/dev/null") == 0
        or die 'mdb_load';
}

sub number_of {
    my ($id) = @_;
    my $dump = `mdb_dump -p -s id '@{[ $y->generation_dir ]}'`;
    my ($value) = $dump =~ /^ \Q$id\E\n ([^\n]*)$/m;
    $value =~ s/\\(..)/chr hex $1/ge;
    return $value;
}

my $answer = $y->get("/s/$code->{'a-1'}");
is($answer->{status}, 200, 'a code leads to its station');
is($answer->json->{id}, 'a-1', 'the right one');
is($answer->header('Content-Type'), 'application/geo+json', 'as GeoJSON');
is($answer->header('Vary'), 'Accept', 'which Accept decides');
like($answer->header('Cache-Control'), qr/^private, max-age=\d+$/, 'private');
is($answer->header('Access-Control-Allow-Origin'), undef,
    'other sites read no scan');
like($answer->header('ETag'), qr/^"[0-9a-f]{16}"$/, 'with an ETag');
is($answer->json->{coordinate_system}, 'wgs84', 'names its system');

subtest 'the token' => sub {
    my $token = $answer->json->{scan_token};
    like($token, qr/^[A-Za-z0-9_-]{30}$/, 'is base64url of 22 bytes');
    (my $base64 = $token) =~ tr{-_}{+/};
    my ($algorithm, $key_id, $window, $tag) =
        unpack 'CCNa16', decode_base64($base64 . '==');
    is($algorithm, 1, 'names its algorithm');
    ok(abs($window - int(time / 600)) <= 1, 'and its window');
    my ($key) = Yizhan::read_file("$y->{data}/keys/read.keys")
        =~ /^scan $key_id hs256 3702 ([0-9a-f]{64})$/m;
    my $message = "yizhan scan v1\0\0" . pack('N', $window) . 'a-1';
    is(unpack('H*', $tag),
        unpack('H*', substr(hmac_sha256($message, pack 'H*', $key), 0, 16)),
        'and is signed with the key of the region');
    my $again = $y->get("/s/$code->{'a-1'}")->json;
    is($again->{scan_token}, $token, 'stays while its window lasts')
        if int(time / 600) == $window;
    like($answer->json->{valid_until},
        qr/^\d{4}-\d\d-\d\dT\d\d:\d0:00\+08:00$/, 'ends with the window');
    my ($age) = $answer->header('Cache-Control') =~ /(\d+)/;
    cmp_ok($age, '<=', ($window + 1) * 600 - time + 2, 'so does max-age');
};

subtest 'forgiven' => sub {
    (my $bare = $code->{'a-1'}) =~ s/-//g;
    my $body = $answer->{body};
    for my $text (lc $bare, $bare, lc $code->{'a-1'}, join('-', split //, $bare),
        $bare =~ tr/10/IO/r, $bare =~ tr/1/l/r, "$bare?from=wechat&x=%zz") {
        is($y->get("/s/$text")->{status}, 200, "typed as $text");
    }
};

subtest 'unknown and malformed codes are alike' => sub {
    my $unknown = $y->get('/s/00000-0000-0000');
    is($unknown->{status}, 404, 'unknown: 404');
    is($unknown->json->{code}, 'code-unknown', 'code-unknown');
    is($unknown->header('Content-Type'), 'application/problem+json',
        'a problem');
    like($unknown->header('Cache-Control'), qr/no-store/, 'not kept');
    for my $text ('1', 'x' x 32, 'x' x 2000, '%ff%fe', '中文',
        'ABCDE-FGHJ-KMNP', "$code->{'a-1'}0", 'a/b', '%20') {
        my $malformed = $y->get("/s/$text");
        is($malformed->{status}, 404, 'code ' . substr $text, 0, 20);
        is($malformed->{body}, $unknown->{body}, 'the same bytes');
    }
};

subtest 'closed for good' => sub {
    my $gone = $y->get("/s/$code->{'b-1'}");
    is($gone->{status}, 410, 'gone');
    is($gone->json->{code}, 'place-gone', 'place-gone');
    is($gone->json->{nearest}[0]{id}, 'd-1', 'with what is open near it');
    is($gone->json->{scan_token}, undef, 'and no token');
    like($gone->header('Cache-Control'), qr/^private/, 'private');
};

subtest 'suspended' => sub {
    my $suspended = $y->get("/s/$code->{'c-1'}");
    is($suspended->{status}, 200, 'no error');
    is($suspended->json->{properties}{status}, 'suspended', 'says so');
    like($suspended->json->{properties}{until}, qr/^2099/, 'until when');
    ok($suspended->json->{scan_token}, 'a wish can still be made');
};

subtest 'without a region' => sub {
    my $place = $y->get("/s/$code->{'e-1'}")->json;
    is($place->{id}, 'e-1', 'found');
    ok(exists $place->{scan_token}, 'the member is there');
};

subtest 'revoked' => sub {
    revoke('d-1');
    my $revoked = $y->wait_for('the revocation', sub {
        my $a = $y->get("/s/$code->{'d-1'}");
        return $a->{status} == 410 && $a;
    });
    is($revoked->json->{code}, 'code-revoked', 'code-revoked');
    is($revoked->json->{place}{id}, 'd-1', 'with its station');
    unlike($revoked->{body}, qr/scan_token/, 'without a token');
    is($y->get('/v1/places/d-1')->{status}, 200, 'which is there as ever');
};

subtest 'a key that is rotated reaches workers by itself' => sub {
    my $file = "$y->{data}/keys/read.keys";
    my $text = Yizhan::read_file($file);
    my ($id) = $text =~ /^scan (\d+) hs256 3702/m;
    my $new = $id + 1;
    my $before = $y->get("/s/$code->{'a-1'}")->json->{scan_token};
    Yizhan::write_file("$file.new",
        $text . "scan $new hs256 3702 " . 'ab' x 32 . "\n");
    chmod 0644, "$file.new";
    rename "$file.new", $file;
    $y->wait_for('the new key', sub {
        my $token = $y->get("/s/$code->{'a-1'}")->json->{scan_token};
        return $token ne $before
            && unpack('xC', decode_base64($token =~ tr{-_}{+/}r . '==')) == $new;
    });
    pass('the next scan is signed with it');

    Yizhan::write_file("$file.new", "scan broken\n");
    chmod 0644, "$file.new";
    rename "$file.new", $file;
    $y->wait_for('a line in the log', sub {
        return $y->error_log =~ /key file .*line 1/;
    });
    is($y->get("/s/$code->{'a-1'}")->{status}, 200,
        'a broken file leaves the keys in use');
    unlike($y->error_log, qr/[0-9a-f]{64}/, 'no key is in the log');
};

$y->finish;
done_testing;
