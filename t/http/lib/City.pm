package City;

# A city's login in a process of its own: answers the hook on a Unix socket,
# and signs JWTs.  A code "wang-verified" stands for the subject "wang", whom
# the city vouches for, "li" for one whom it does not; "wang-head@3" brings a
# role.  "unknown-code" is refused, and a code "!HOW" is answered wrongly.

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256 hmac_sha256_hex hmac_sha512);
use File::Temp qw(tempdir);
use IO::Socket::UNIX;
use JSON::PP ();
use MIME::Base64 qw(encode_base64url);

my $HOOK_SECRET = 'a secret of hook and city';
my $JWT_SECRET = '0123456789abcdef0123456789abcdef';

sub write_file {
    my ($path, $text) = @_;
    open my $file, '>', $path or die "$path: $!";
    print $file $text;
    close $file or die "$path: $!";
}

sub new {
    my ($class) = @_;
    my $dir = tempdir('yizhan-city-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    chmod 0755, $dir;
    my $self = bless {dir => $dir, owner => $$}, $class;
    write_file("$dir/hook.secret", "$HOOK_SECRET\n");
    write_file("$dir/jwt.secret", $JWT_SECRET);
    system("openssl genrsa 2048 2>/dev/null | openssl rsa -pubout"
        . " -out $dir/rsa.pem 2>/dev/null") == 0 or die 'no openssl';
    open my $pem, '<', "$dir/rsa.pem" or die $!;
    local $/;
    $self->{rsa_public} = <$pem>;
    my $listener = IO::Socket::UNIX->new(Local => "$dir/city.sock",
        Listen => 16) or die "listen: $!";
    chmod 0777, "$dir/city.sock";
    write_file("$dir/requests", '');
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        $self->answer_all($listener);
    }
    $self->{pid} = $pid;
    return $self;
}

# What the daemon's settings have to say.
sub settings {
    my ($self) = @_;
    my $dir = $self->{dir};
    return <<"END";
cookie_secure off
login_url http://city.example/login?app=1
login_hook unix:$dir/city.sock:/hook $dir/hook.secret
jwt_issuer https://app.example HS256 $dir/jwt.secret yizhan
jwt_issuer https://rsa.example RS256 $dir/rsa.pem yizhan
origin https://app.city.example
END
}

sub answer_all {
    my ($self, $listener) = @_;
    $SIG{TERM} = 'DEFAULT';
    while (1) {
        my $client = $listener->accept or next;
        my $bytes = '';
        while ($bytes !~ /\r\n\r\n/ || length((split /\r\n\r\n/, $bytes, 2)[1])
            < ($bytes =~ /^Content-Length: (\d+)/mi ? $1 : 0)) {
            sysread $client, $bytes, 65536, length $bytes or last;
        }
        syswrite $client, $self->answer(split /\r\n\r\n/, $bytes, 2);
        close $client;
    }
}

sub http {
    my ($status, $body, @more) = @_;
    return join "\r\n", "HTTP/1.1 $status X",
        'Content-Length: ' . length $body, 'Connection: close', @more, '',
        $body;
}

sub answer {
    my ($self, $head, $body) = @_;
    my $said = JSON::PP->new->utf8->decode($body);
    my ($at, $mac) = $head =~ /^Yizhan-Signature: hs256 (\d+) ([0-9a-f]{64})\r?$/m;
    my $signed = defined $at
        && $mac eq hmac_sha256_hex("$at\n$body", $HOOK_SECRET)
        && abs($at - time) < 60;
    open my $log, '>>', "$self->{dir}/requests" or die $!;
    print $log JSON::PP->new->utf8->encode({via => $said->{via},
        signed => $signed ? 1 : 0}), "\n";
    close $log;
    my $code = $said->{code};
    return http(403, 'no') if !$signed || $code eq 'unknown-code';
    my %wrong = (
        '!error' => http(500, 'broken'), '!nonsense' => http(200, '{"a":'),
        '!empty' => http(200, ''), '!huge' => http(200, 'x' x 200000),
        '!redirect' => http(302, '', 'Location: http://localhost/'),
        '!unnamed' => http(200, '{"issuer":"city","subject":""}'),
    );
    return $wrong{$code} if $wrong{$code};
    my ($subject, @facts) = split /-/, $code;
    return http(200, JSON::PP->new->utf8->encode({
        issuer => 'city', subject => $subject,
        verified => (grep { $_ eq 'verified' } @facts) ? JSON::PP::true
            : JSON::PP::false,
        roles => [grep { /@/ } @facts], more => {unknown => 1},
    }));
}

# What the hook was asked, oldest first.
sub requests {
    my ($self) = @_;
    open my $log, '<', "$self->{dir}/requests" or die $!;
    return map { JSON::PP->new->utf8->decode($_) } <$log>;
}

# jwt(CLAIMS, alg => NAME, key => BYTES, sign => 1)
sub jwt {
    my ($self, $claims, %how) = @_;
    my $alg = $how{alg} // 'HS256';
    my $key = $how{key} // $JWT_SECRET;
    my $text = join '.', map {
        encode_base64url(JSON::PP->new->utf8->canonical->encode($_))
    } {alg => $alg, typ => 'JWT'}, $claims;
    my $mac = $alg eq 'none' && !$how{sign} ? ''
        : $alg eq 'HS512' ? hmac_sha512($text, $key)
        : hmac_sha256($text, $key);
    return "$text." . encode_base64url($mac);
}

sub DESTROY {
    my ($self) = @_;
    return unless $self->{owner} == $$ && $self->{pid};
    kill 'TERM', $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
