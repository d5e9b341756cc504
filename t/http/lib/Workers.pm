package Workers;

# Who writes in tests: workers and staff with JWTs of a test issuer, and scan
# tokens of any place, window and key, made from the instance's own keys as
# core/scan_token.h says, by code that shares nothing with the product.

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256);
use JSON::PP ();
use MIME::Base64 qw(encode_base64url);
use Time::HiRes qw(time);
use Yizhan;

my $SECRET = 'a test secret that is long enough to be one';
my $AUDIENCE = 'yizhan-test';
my $ISSUER = 'https://login.test';

# The settings of an instance that takes these JWTs; its directory must be
# there, for the key lies beside its data.
sub settings {
    my ($y) = @_;
    Yizhan::write_file("$y->{data}/jwt.secret", $SECRET);
    chmod 0600, "$y->{data}/jwt.secret";
    return "jwt_issuer $ISSUER HS256 jwt.secret $AUDIENCE\n"
        . "cookie_secure off\n";
}

# jwt(SUBJECT, ROLES, ...): a role is "chief@5".
sub jwt {
    my ($subject, @roles) = @_;
    my $json = JSON::PP->new->utf8->canonical;
    my $claims = {iss => $ISSUER, aud => $AUDIENCE, sub => $subject,
        exp => int(time) + 3600, verified => JSON::PP::true,
        roles => [@roles]};
    my $text = join '.', map { encode_base64url($json->encode($_)) }
        {alg => 'HS256', typ => 'JWT'}, $claims;
    return "$text." . encode_base64url(hmac_sha256($text, $SECRET));
}

# The header that shows it.
sub bearer { return (Authorization => 'Bearer ' . jwt(@_)) }

# token(Y, PLACE, region => 370202, age => seconds, key => bytes,
#     algorithm => 1): a scan token of now, or as old as asked.
sub token {
    my ($y, $place, %how) = @_;
    my $region = sprintf '%04d', int(($how{region} // 370202) / 100);
    my $key = $how{key};
    if (!defined $key) {
        my ($hex) = Yizhan::read_file("$y->{data}/keys/read.keys")
            =~ /^scan 1 hs256 $region ([0-9a-f]{64})$/m
            or die "no scan key of $region\n";
        $key = pack 'H*', $hex;
    }
    my $window = pack 'N', int((time - ($how{age} // 0)) / 600);
    my $tag = hmac_sha256("yizhan scan v1\0\0$window$place", $key);
    return encode_base64url(pack('CC', $how{algorithm} // 1, 1)
        . $window . substr($tag, 0, 16));
}

1;
