#!/usr/bin/perl
# Protects the rules of writing as a whole: a model of a few hundred lines, in
# another language, that shares no code with the product and sees only HTTP,
# plays random requests and must agree with every answer: ratings and their
# sums, what is said twice, tokens of other places, bodies with faults, a
# ticket's states from its receipt and from its desk.  Between requests the
# daemon is now and then killed or stopped, and public data built anew.
#
# STEPS is the number of requests (700), SEED draws others.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use POSIX qw(strftime);
use Time::HiRes 'time';
use Yizhan;
use Test::More;

my $STEPS = $ENV{STEPS} // 700;
my $seed = $ENV{SEED} // 20261128;
srand $seed;
note "seed $seed";

# The world, as the model believes it to be.
my %status_of = (open1 => 'open', open2 => 'open', open3 => 'open',
    late => 'suspended', gone => 'closed');
my @open = qw(open1 open2 open3 late);
my (%count, %sum) = map { $_ => 0 } @open;
$sum{$_} = 0 for @open;
my @devices;    # {cookie, rated => {place => location}}
my @tickets;    # {receipt, state, cookie, answers}
my @said;       # {request, answer}: what can be said again

my $y = Yizhan->new(writes => 1, workers => 2,
    settings => "cookie_secure off\n");
my $n = 0;
$y->load(map {
    {id => $_, name => "驿站 $_", region => 370202, lng => 120.3 + $n++ / 100,
        lat => 36.06, status => $status_of{$_}}
} sort keys %status_of);
my $codes = $y->codes;
$y->start->wait_ready;
my %token;
for my $id (@open) {
    my $scan = $y->get("/s/$codes->{$id}");
    $token{$id} = $scan->json->{scan_token} // die "no token of $id";
}

sub one_of { return $_[rand @_] }
sub china_day { return strftime '%Y%m%d', gmtime(time + 8 * 3600) }
my $today = china_day();

# What was asked and answered, for the one who reads a failure.
my @history;

# Compares an answer with what the model says: status, code, and what else.
sub agree {
    my ($what, $answer, $status, $code, @more) = @_;
    my $json = $answer->{body} =~ /^\{/ ? $answer->json : {};
    push @history, "$what: $answer->{status} " . ($json->{code} // '');
    my @wrong;
    push @wrong, "status $answer->{status}, not $status"
        if $answer->{status} != $status;
    push @wrong, 'code ' . ($json->{code} // 'none') . ", not $code"
        if defined $code && ($json->{code} // '') ne $code;
    push @wrong, map { $_->($json, $answer) } @more;
    return 1 unless @wrong;
    fail("$what: " . join '; ', @wrong);
    diag $answer->{body};
    diag join "\n", 'before it:', @history[-12 .. -1] if @history >= 12;
    done_testing();
    exit 1;
}

sub pointer_is {
    my ($pointer) = @_;
    return sub {
        my ($json) = @_;
        my @found = map { $_->{pointer} } @{$json->{errors} // []};
        return "$found[0] is at fault" if @found == 1 && $found[0] ne $pointer;
        return @found == 1 ? () : scalar(@found) . ' faults, not 1';
    };
}

sub member_is {
    my ($value, @path) = @_;
    return sub {
        my ($found) = @_;
        $found = $found->{$_} for @path;
        return ($found // 'none') eq $value ? ()
            : "@path is " . ($found // 'none') . ", not $value";
    };
}

# A device that may still rate the place, or any; undef: a new phone.
sub pick_device {
    my ($place, $rated) = @_;
    my @fit = grep { !!$_->{rated}{$place} == $rated } @devices;
    return @fit ? one_of(@fit) : undef;
}

# To one decimal, halves upwards.
sub average {
    my ($place) = @_;
    my ($count, $sum) = ($count{$place}, $sum{$place});
    return sprintf '%.1f', int((20 * $sum + $count) / (2 * $count)) / 10;
}

# An answer that made something can be asked for again, by its key.
sub remember {
    my ($path, $body, $headers, $answer) = @_;
    push @said, {path => $path, body => $body, headers => $headers,
        answer => $answer};
}

my $keys = 0;
sub headers_of {
    my ($device) = @_;
    return {'Idempotency-Key' => "model-$$-" . ++$keys,
        $device ? (Cookie => $device->{cookie}) : ()};
}

sub note_device {
    my ($device, $answer) = @_;
    return $device if $device;
    my $cookie = $answer->cookie('yz_device')
        // die "no device cookie: $answer->{body}";
    push @devices, {cookie => "yz_device=$cookie", rated => {}};
    return $devices[-1];
}

# Ratings.

sub rate_new {
    my $place = one_of(@open);
    my $device = rand() < 0.3 ? undef : pick_device($place, 0);
    my $headers = headers_of($device);
    my $body = {score => 1 + int rand 5, scan_token => $token{$place}};
    $body->{comment} = one_of('很好', '微波炉坏了', "两行\n字", '')
        if rand() < 0.4;
    my $path = "/v1/places/$place/ratings";
    my $answer = $y->post($path, $body, %$headers);
    $count{$place}++;
    $sum{$place} += $body->{score};
    agree("rate $place", $answer, 201, undef,
        member_is($count{$place}, qw(rating count)),
        member_is($body->{score}, 'score'),
        sub { sprintf('%.1f', $_[0]{rating}{average}) eq average($place)
            ? () : "average $_[0]{rating}{average}" });
    $device = note_device($device, $answer);
    $device->{rated}{$place} = $answer->header('Location');
    # A phone without a cookie can't say it again as itself.
    $headers->{Cookie} = $device->{cookie};
    remember($path, $body, $headers, $answer)
        if $answer->header('Set-Cookie') ? 0 : 1;
    shown($place);
}

sub rate_again {
    my $place = one_of(@open);
    my $device = pick_device($place, 1) or return rate_new();
    my $answer = $y->post("/v1/places/$place/ratings", {score => 3,
        scan_token => $token{$place}}, %{headers_of($device)});
    agree("rate $place again", $answer, 409, 'rated-already', sub {
        return $_[1]->header('Location') eq $device->{rated}{$place} ? ()
            : 'Location ' . $_[1]->header('Location');
    });
}

sub rate_wrong {
    my $place = one_of(@open);
    my $other = one_of(grep { $_ ne $place } @open);
    my $path = "/v1/places/$place/ratings";
    my %good = (score => 4, scan_token => $token{$place});
    my @cases = (
        [$path, {%good, score => 0}, 400, 'body-invalid', '/score'],
        [$path, {%good, score => 6}, 400, 'body-invalid', '/score'],
        [$path, {%good, score => '5'}, 400, 'body-invalid', '/score'],
        [$path, {%good, score => 1.5}, 400, 'body-invalid', '/score'],
        [$path, {scan_token => $good{scan_token}}, 400, 'body-invalid',
            '/score'],
        [$path, {%good, stars => 5}, 400, 'body-invalid', '/stars'],
        [$path, {%good, 'a/b~c' => 5}, 400, 'body-invalid', '/a~1b~0c'],
        [$path, {%good, comment => 'x' x 501}, 400, 'body-invalid',
            '/comment'],
        [$path, {%good, scan_token => $token{$other}}, 403,
            'scan-token-invalid'],
        [$path, {%good, scan_token => 'A' x 30}, 403, 'scan-token-invalid'],
        [$path, {score => 4}, 403, 'scan-token-invalid'],
        ['/v1/places/nowhere/ratings', {%good}, 404, 'place-unknown'],
        ['/v1/places/gone/ratings', {%good}, 410, 'place-gone'],
        [$path, '{"score":4', 400, 'body-malformed'],
        [$path, '[1]', 400],
        [$path, '{"score":4,"score":4}', 400],
    );
    my ($where, $body, $status, $code, $pointer) = @{one_of(@cases)};
    my $answer = $y->post($where, $body, %{headers_of(one_of(@devices))});
    agree("a wrong rating of $where", $answer, $status, $code,
        $pointer ? pointer_is($pointer) : ());
    shown($place);
}

sub no_key {
    my $place = one_of(@open);
    my $answer = $y->post("/v1/places/$place/ratings", {score => 3,
        scan_token => $token{$place}}, 'Idempotency-Key' => undef);
    agree('a rating without a key', $answer, 400, 'idempotency-key-missing');
}

# What was said before gets the same answer; with another body, none.
sub say_again {
    my $old = one_of(@said) or return rate_new();
    if (rand() < 0.7) {
        my $answer = $y->post($old->{path}, $old->{body}, %{$old->{headers}});
        agree("$old->{path} again", $answer, $old->{answer}{status}, undef,
            sub {
                return 'another body' if $answer->{body} ne $old->{answer}{body};
                return ($answer->header('Location') // '')
                    eq ($old->{answer}->header('Location') // '') ? ()
                    : 'another Location';
            });
    } else {
        my $answer = $y->post($old->{path}, {%{$old->{body}}, more => 1},
            %{$old->{headers}});
        agree("$old->{path} with another body", $answer, 422,
            'idempotency-key-reused')
            unless $answer->{status} == 400;
    }
}

# What any worker of nginx shows of a place, at once.
sub shown {
    my ($place) = @_;
    my $answer = $y->get("/v1/places/$place");
    agree("place $place", $answer, 200, undef, sub {
        my ($json) = @_;
        my $rating = $json->{properties}{rating};
        return "count $rating->{count}, not $count{$place}"
            if $rating->{count} != $count{$place};
        return () unless $count{$place};
        return sprintf('%.1f', $rating->{average}) eq average($place) ? ()
            : "average $rating->{average}, not " . average($place);
    });
}

# Tickets.

sub wish_new {
    return rate_new() if @tickets >= 40;
    my $place = one_of(@open);
    # A phone has ten tickets an hour, so this is by one that has none.
    my $headers = headers_of(undef);
    my $body = {kind => one_of('wish', 'suggestion'), category => '其他',
        text => "希望有 " . int(rand 1000), place => $place,
        scan_token => $token{$place}};
    my $answer = $y->post('/v1/tickets', $body, %$headers);
    agree('a wish', $answer, 201, undef, member_is('open', 'state'));
    push @tickets, {receipt => $answer->json->{receipt}, state => 'open',
        answers => 0, number => scalar(@tickets) + 1};
    note_device(undef, $answer);
}

sub ticket_read {
    my $ticket = one_of(@tickets) or return wish_new();
    my $receipt = $ticket->{receipt};
    $receipt =~ tr/-//d if rand() < 0.3;
    $receipt = lc $receipt if rand() < 0.3;
    my $answer = rand() < 0.5 ? $y->get("/v1/tickets/$receipt")
        : $y->get('/v1/tickets/mine', 'Yizhan-Receipt' => $receipt);
    agree('a ticket by its receipt', $answer, 200, undef,
        member_is($ticket->{state}, 'state'),
        sub { @{$_[0]{answers}} == $ticket->{answers} ? ()
            : @{$_[0]{answers}} . ' answers' });
}

sub ticket_unknown {
    my $wrong = one_of('x', '0' x 17, 'AAAAA-BBBB-CCCC-DDDD',
        'AAAAABBBBCCCCDDDD');
    agree("the receipt $wrong", $y->get("/v1/tickets/$wrong"), 404,
        'ticket-unknown');
}

# What staff may do in a state: the next state, or undef for a conflict.
my %next = (
    dispatch => {open => 'dispatched', dispatched => 'dispatched',
        answered => 'dispatched', reopened => 'dispatched'},
    answer => {open => 'answered', dispatched => 'answered',
        answered => 'answered', reopened => 'answered'},
    close => {open => 'closed', dispatched => 'closed', answered => 'closed',
        reopened => 'closed'},
    reopen => {answered => 'reopened', closed => 'reopened'},
);

my $node;
sub ticket_deed {
    my $ticket = one_of(@tickets) or return wish_new();
    my $deed = one_of(qw(dispatch answer close reopen));
    my $next = $next{$deed}{$ticket->{state}};
    my $path = "/v1/admin/tickets/$ticket->{number}/$deed";
    my $answer = $deed eq 'reopen'
        ? $y->post("/v1/tickets/$ticket->{receipt}/reopen",
            {text => '还没有'})
        : $y->operate('POST', $path,
            $deed eq 'dispatch' ? {node => $node}
            : $deed eq 'answer' ? {text => '已办'} : {reason => '办完'});
    agree("$deed of a ticket $ticket->{state}", $answer,
        $next ? 200 : 409, $next ? undef : 'state-conflict');
    return unless $next;
    $ticket->{answers}++ if $deed eq 'answer';
    $ticket->{state} = $next;
    ticket_read();
}

# The daemon's own troubles change nothing of what is true.

sub daemon_trouble {
    my $what = rand() < 0.6 ? 'kill' : 'stop';
    $what eq 'kill' ? $y->kill_daemon : $y->stop_daemon;
    shown(one_of(@open));
    agree('a rating while the daemon is away',
        $y->post('/v1/places/open1/ratings', {score => 3,
            scan_token => $token{open1}}, %{headers_of(undef)}),
        503, 'writes-unavailable');
    $y->command('rebuild') if rand() < 0.5;
    $y->start_daemon;
    push @history, "the daemon came back after $what";
    shown($_) for @open;
}

$y->allow(qr/admin\.sock failed/);
$node = $y->operate('POST', '/v1/admin/nodes', {kind => 'city',
    name => '青岛市总工会', region => '370200'})->json->{node};
rate_new() for 1 .. 5;
my @play = ((\&rate_new) x 6, (\&rate_again) x 3, (\&rate_wrong) x 5,
    (\&say_again) x 5, \&no_key, (\&wish_new) x 2, (\&ticket_read) x 3,
    \&ticket_unknown, (\&ticket_deed) x 6);
my $played = 0;
for (1 .. $STEPS) {
    # A rating is of its day: over midnight in China the model would have to
    # know when the daemon looked at its clock.
    last if china_day() ne $today;
    rand() < 0.01 ? daemon_trouble() : one_of(@play)->();
    $played++;
    # An address has two hundred ratings of a place in ten minutes.
    last if grep { $_ > 180 } values %count;
}
pass("$played requests were answered as the model says");
shown($_) for @open;
pass('every place shows what was rated');
my ($code, $said) = ($y->stop_daemon, $y->command('verify'));
like($said, qr/everything is right/, 'and the data is verified');
$y->finish;
done_testing();
