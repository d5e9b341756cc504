#!/usr/bin/perl
# Keeps openapi.json true: what the code serves is in it and what is in it is
# served, for routes, parameters, problem codes, and members of answers.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Yizhan;
use JSON::PP ();
use Test::More;

my $TOP = $Yizhan::TOP;
my $bytes = Yizhan::read_file("$TOP/openapi.json");
my $api = JSON::PP->new->utf8->decode($bytes);

sub source {
    return join '', map { Yizhan::read_file($_) } map { glob "$TOP/$_" } @_;
}

sub resolve {
    my ($node) = @_;
    while (ref $node eq 'HASH' && $node->{'$ref'}) {
        my $at = $api;
        my @path = split m{/}, $node->{'$ref'};
        shift @path;
        for my $step (@path) {
            $at = $at->{$step};
        }
        $node = $at;
    }
    return $node;
}

# Every $ref leads somewhere.
my @broken;
sub check_refs {
    my ($node) = @_;
    if (ref $node eq 'HASH') {
        push @broken, $node->{'$ref'}
            if $node->{'$ref'} && !defined resolve($node);
        check_refs($_) for values %$node;
    } elsif (ref $node eq 'ARRAY') {
        check_refs($_) for @$node;
    }
}
check_refs($api);
is_deeply(\@broken, [], 'every reference leads somewhere');
my %used = map { $_ => 1 } $bytes =~ m{"#/components/([\w/-]+)"}g;
my @unused = grep { !$used{$_} } map {
    my $kind = $_;
    map { "$kind/$_" } sort keys %{$api->{components}{$kind}}
} sort keys %{$api->{components}};
is_deeply(\@unused, [], 'every component is used');

# Routes.
my $table = source('ngx_module/ngx_http_yizhan_route.c');
my %parameter_of = ('/s/' => 'code', '/v1/places/' => 'id',
    '/v1/regions/' => 'adcode', '/v1/posts/' => 'id');
my (@read, @handed);
for my $entry ($table =~ /\{( \.name = .*?)\}/gs) {
    my ($path) = $entry =~ /\.path = ngx_string\("([^"]+)"\)/;
    my ($tail) = $entry =~ /\.tail = ngx_string\("([^"]+)"\)/;
    my $segment = $entry =~ /\.segment = 1/;
    push @handed, [$path, $segment, $tail // '', $1]
        if $entry =~ /\.writes = NGX_HTTP_(?:YIZHAN_)?(\w+)/;
    push @read, $segment ? "$path\{$parameter_of{$path}}" : $path
        if $entry =~ /\.(?:find|render) =/;
}

# Those of the daemon, which the module hands over.
my @routes = map { "get $_" } @read;
my %METHODS = (POST => 'post', WRITE_METHODS => 'post put patch delete',
    ALL_METHODS => 'get post put patch delete');
my $daemon = source('admin/*/*.c');
while ($daemon =~ /\{[^{}]*?YZ_METHOD_(\w+),\s*(?:\.path\s*=\s*)?
    "(\/v1[^"]+)"([^{}]*)\}/gx) {
    my ($method, $path, $rest) = (lc $1, $2, $3);
    next if $rest =~ /operator_only\s*=\s*true/;
    push @routes, "$method $path";
    ok((grep {
        my ($start, $segment, $tail, $methods) = @$_;
        my $end = $segment ? qr/[^\/]+/ : '';
        $end = qr/.+/ if $segment && !length $tail;
        $path =~ /^\Q$start\E$end\Q$tail\E$/
            && " $METHODS{$methods} " =~ / $method /;
    } @handed), "the module hands $method $path over");
}

my @documented;
for my $path (keys %{$api->{paths}}) {
    push @documented, map { "$_ $path" }
        grep { /^(?:get|put|post|patch|delete)$/ } keys %{$api->{paths}{$path}};
}
is_deeply([sort @routes], [sort @documented], 'routes are those of the code');

# Parameters.
my $rules = source('core/query_rules.c');
my %accepted;
while ($rules =~ /=\s*\{"(\w+)",\s*([A-Z_| \n]+),\s*(?:true|false)/g) {
    my ($name, $endpoints) = ($1, $2);
    push @{$accepted{'/v1/nearby'}}, $name if $endpoints =~ /QUERY_NEARBY/;
    push @{$accepted{'/v1/places'}}, $name if $endpoints =~ /QUERY_PLACES/;
    push @{$accepted{'/v1/places/{id}'}}, $name
        if $endpoints =~ /QUERY_PLACE\b/;
    push @{$accepted{'/v1/posts'}}, $name if $endpoints =~ /QUERY_POSTS/;
    push @{$accepted{'/v1/posts/{id}'}}, $name
        if $endpoints =~ /QUERY_POST\b/;
}
for my $path (sort @read) {
    my @documented = sort map { $_->{name} } grep { $_->{in} eq 'query' }
        map { resolve($_) } @{$api->{paths}{$path}{get}{parameters} // []};
    is_deeply(\@documented, [sort @{$accepted{$path} // []}],
        "parameters of $path are those of the code");
}

# Problem codes.
my $problems = source('core/problem.c');
my %text_of = $problems =~ /\[YZ_PROBLEM_(\w+)\]\s*=\s*\{"([\w-]+)"/g;
my %raised = map { $_ => 1 }
    source('ngx_module/*.c', 'admin/*/*.c') =~ /YZ_PROBLEM_([A-Z_]+)\b/g;
my %answered = map { $text_of{$_} // "unknown $_" => 1 } keys %raised;
$answered{$_} = 1
    for source('scripts/lib/nginx_conf') =~ /urn:yizhan:problem:([\w-]+)/g,
    source('scripts/lib/nginx_writes') =~ /^problem \S+ \d+ ([\w-]+)/mg;
is_deeply([sort @{$api->{components}{schemas}{Problem}{properties}{code}{enum}}],
    [sort keys %answered],
    'problem codes are those that module, configuration or daemon raise');
my %faults = map { $_ => 1 } $problems =~ /\[YZ_PARAM_\w+\]\s*=\s*"([\w-]+)"/g,
    $daemon =~ /"((?:member|routing)-[a-z-]+)"/g;
is_deeply([sort @{$api->{components}{schemas}{Problem}{properties}{errors}
    {items}{properties}{code}{enum}}], [sort keys %faults],
    'codes of parameters and members are those of the code');

# Answers have the members that the document promises, and no others.
sub members {
    my ($schema) = @_;
    $schema = resolve($schema);
    my %all = %{$schema->{properties} // {}};
    %all = (%all, members($_)) for @{$schema->{allOf} // []};
    return %all;
}

sub required {
    my ($schema) = @_;
    $schema = resolve($schema);
    return (@{$schema->{required} // []},
        map { required($_) } @{$schema->{allOf} // []});
}

sub keeps {
    my ($value, $schema, $name) = @_;
    my %members = members($schema);
    my @missing = grep { !exists $value->{$_} } required($schema);
    my @extra = grep { !$members{$_} } keys %$value;
    is_deeply([\@missing, \@extra], [[], []], "$name is as documented");
}

my $y = Yizhan->new;
$y->load(
    {id => 'a', name => '一', region => '370202', lng => 120.38, lat => 36.06,
        hours => '24/7'},
    {id => 'b', name => '二', lng => 120.38, lat => 36.06,
        status => 'closed'},
    {id => 'c', name => '三', lng => 120.38, lat => 36.06,
        status => 'suspended', until => '2099-01-01'},
);
my $code = $y->codes->{a};
$y->start->wait_ready;

my $schemas = $api->{components}{schemas};
my $properties = $schemas->{Feature}{properties}{properties};
my $served = $y->get('/openapi.json');
is($served->{body}, $bytes, '/openapi.json is the file');
is($served->header('Content-Type'), 'application/json', 'as JSON');

keeps($y->get("/s/$code")->json, $schemas->{Scan}, 'a scan');
keeps($y->get('/v1/places/a')->json, $schemas->{Place}, 'a place');
keeps($y->get("/v1/places/$_")->json->{properties}, $properties,
    "properties of $_") for qw(a c);
my $nearby = $y->get('/v1/nearby?lng=120&lat=36&limit=1')->json;
keeps($nearby, $schemas->{Places}, 'nearby');
keeps($nearby->{features}[0], $schemas->{Feature}, 'a feature of it');
keeps($nearby->{features}[0]{properties}, $properties, 'its properties');
keeps($nearby->{links}[0],
    $schemas->{Places}{allOf}[1]{properties}{links}{items}, 'a link');
keeps($y->get('/v1/places')->json, $schemas->{Places}, 'a list');
keeps($y->get('/v1/regions/370202')->json, $schemas->{Region}, 'a region');
keeps($y->get('/v1/places/b')->json, $schemas->{Problem}, 'a problem');
keeps($y->get('/v1/nearby')->json, $schemas->{Problem}, 'a bad request');
keeps($y->get('/readyz')->json, $schemas->{Ready}, 'readyz');
keeps($y->get('/version')->json, $schemas->{Version}, 'version');
is($y->get('/healthz')->{body}, "ok\n", 'healthz');
like($y->get('/version')->json->{nginx}, qr/^\d+\.\d+/, 'names nginx');

# Statuses that were seen are documented.
for my $row (['/s/{code}', "/s/$code"], ['/s/{code}', '/s/x'],
    ['/v1/nearby', '/v1/nearby'], ['/v1/nearby', '/v1/nearby?place=x'],
    ['/v1/places', '/v1/places?x'], ['/v1/places/{id}', '/v1/places/b'],
    ['/v1/places/{id}', '/v1/places/x'], ['/v1/places/{id}', '/v1/places/%ff'],
    ['/v1/regions/{adcode}', '/v1/regions/999999'],
    ['/v1/regions/{adcode}', '/v1/regions/x']) {
    my ($path, $request) = @$row;
    my $answer = $y->get($request);
    my $documented = resolve($api->{paths}{$path}{get}{responses}
        {$answer->{status}});
    my ($type) = split /;/, $answer->header('Content-Type');
    ok($documented && $documented->{content}{$type},
        "$request: $answer->{status} $type is documented");
}

$y->finish;
done_testing;
