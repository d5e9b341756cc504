package Raters;

# Phones that rate stations without end, for tests that take the daemon away
# under them.  Each phone is a process: it asks for a device cookie, rates one
# station after the other, and notes each 201 in a file of its own before its
# next request.  What is not answered is sent again, with the same key.
#
#     my $raters = Raters->new($yizhan, phones => 8, tokens => \%token_of);
#     $raters->start; ...; $raters->stop;
#     $raters->noted;    # [device's hash, place's id] of each 201

use strict;
use warnings;
use IO::Socket::UNIX;
use JSON::PP ();
use POSIX ();
use Time::HiRes qw(sleep time);

# new(YIZHAN, phones => N, tokens => {place => scan token}, patient => [500]):
# nothing starts.  Other statuses than those of a daemon that is away or busy
# are faults, unless `patient` has them.
sub new {
    my ($class, $yizhan, %options) = @_;
    return bless {
        yizhan => $yizhan, phones => 8, pids => [], round => 0, %options,
    }, $class;
}

# The scan tokens of places, as their scans show them.
sub tokens {
    my ($yizhan, @ids) = @_;
    my $codes = $yizhan->codes;
    my %tokens;
    for my $id (@ids) {
        my $scan = $yizhan->get("/s/$codes->{$id}");
        $tokens{$id} = $scan->json->{scan_token}
            // die "no token of $id: $scan->{status}";
    }
    return \%tokens;
}

sub start {
    my ($self) = @_;
    $self->{round}++;
    for my $phone (1 .. $self->{phones}) {
        my $pid = fork // die "fork: $!";
        if ($pid == 0) {
            $SIG{TERM} = 'DEFAULT';
            eval { $self->rate($phone) };
            print STDERR "phone $phone: $@" if $@;
            POSIX::_exit($@ ? 1 : 0);
        }
        push @{$self->{pids}}, $pid;
    }
    return $self;
}

# Ends all phones where they are; those that died of a wrong answer count.
sub stop {
    my ($self) = @_;
    my $bad = 0;
    kill 'TERM', @{$self->{pids}};
    for my $pid (splice @{$self->{pids}}) {
        waitpid $pid, 0;
        $bad++ if $? >> 8;
    }
    return $bad;
}

sub notes_path {
    my ($self, $phone) = @_;
    return "$self->{yizhan}{dir}/tmp/noted-$self->{round}-$phone";
}

# One phone's life: device after device, each rates every place once.
sub rate {
    my ($self, $phone) = @_;
    open my $notes, '>>', $self->notes_path($phone) or die "notes: $!";
    my @places = sort keys %{$self->{tokens}};
    for (my $device = 0;; $device++) {
        my ($cookie, $hash);
        for my $place (@places) {
            my $key = "phone-$$-$device-$place";
            my $body = {score => 1 + int rand 5,
                scan_token => $self->{tokens}{$place}};
            my $answer = $self->insist(sub {
                return $self->{yizhan}->post("/v1/places/$place/ratings",
                    $body, 'Idempotency-Key' => $key,
                    defined $cookie ? (Cookie => $cookie) : ());
            });
            # A first answer that was lost took its cookie with it: a device
            # that nobody knows of may have rated.  It is noted by no one.
            $cookie //= 'yz_device=' . $answer->cookie('yz_device');
            $hash //= $self->insist(sub {
                return $self->{yizhan}->get('/v1/me', Cookie => $cookie);
            })->json->{id};
            syswrite $notes, "$hash $place\n" or die "notes: $!";
        }
    }
}

# Asks until there is an answer of success; 429, 503, 507 and lost
# connections are waited out, anything else is a fault.
sub insist {
    my ($self, $ask) = @_;
    while (1) {
        my $answer = $ask->();
        return $answer if $answer->{status} == 200 || $answer->{status} == 201;
        die "answer $answer->{status}: $answer->{body}\n"
            unless grep { $answer->{status} == $_ } 0, 409, 429, 502, 503, 507,
            @{$self->{patient} // []};
        die "answer 409: $answer->{body}\n"
            if $answer->{status} == 409
            && $answer->{body} !~ /request-running/;
        sleep 0.01 + rand 0.02;
    }
}

sub noted {
    my ($self) = @_;
    my @noted;
    for my $path (glob "$self->{yizhan}{dir}/tmp/noted-*") {
        open my $in, '<', $path or die "$path: $!";
        push @noted, map { [split] } <$in>;
    }
    return \@noted;
}

# How often the state has each rating: "device's hash place's id" => count.
sub kept {
    my ($self) = @_;
    my (%id_of, %count);
    my $dump = $self->{yizhan}->command('dump', '--private');
    for my $line (split /\n/, $dump) {
        $id_of{$2} = $1
            if $line =~ /^\{"place":"([^"]+)".*?"number":(\d+)/;
    }
    for my $line (split /\n/, $dump) {
        next unless $line =~ /^\{"log":.*"record":"rating","key":"(\w+)"/;
        my ($place, $device) = (hex substr($1, 0, 8), substr $1, 16);
        $count{"$device $id_of{$place}"}++;
    }
    return \%count;
}

1;
