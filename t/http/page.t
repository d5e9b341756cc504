#!/usr/bin/perl
# Protects the page that a scan shows in a browser: complete without scripts,
# small, safe whatever a file held, and who gets it instead of JSON.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Yizhan;
use Test::More;

my $nasty = q{<script>alert("x")</script>&'};
my $y = Yizhan->new;
$y->load(
    {id => 'a-1', name => '香港中路驿站', region => '370202',
        address => '香港中路 1 号', lng => 120.3826, lat => 36.0671,
        hours => Yizhan::hours_around_now(-1, 2), phone => '0532-8591 1234',
        services => "water,hot_meal,特别服务", level => 'national'},
    {id => 'b-1', name => '关门站', region => '370202', lng => 120.383,
        lat => 36.0671, status => 'closed'},
    {id => 'c-1', name => '暂停站', region => '370202', lng => 120.3827,
        lat => 36.0671, status => 'suspended', until => '2099-01-01',
        hours => 'Mo-Fr 08:30-17:30; Sa-Su 09:00-17:00; PH off'},
    {id => 'd-1', name => "邻站$nasty", region => '370202', lng => 120.3828,
        lat => 36.0671, hours => '24/7', address => $nasty,
        services => 'water', kind => 'clinic'},
    {id => 'e-1', name => '现在关着', region => '370202', lng => 120.3829,
        lat => 36.0671, hours => Yizhan::hours_around_now(3, 5)},
    {id => 'f-1', kind => 'toilet', region => '370202'},
    (map { {id => "n-$_", name => "邻站 $_", region => '370202',
        lng => 120.3826, lat => 36.0671 + $_ / 100, hours => '24/7'} } 1 .. 7),
);
my $code = $y->codes;
$y->start->wait_ready;

my $BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,'
    . 'image/avif,image/webp,*/*;q=0.8';

sub page {
    my ($path) = @_;
    return $y->get($path, Accept => $BROWSER);
}

# What every page keeps to; not a parser, but it finds what is left open.
sub check_page {
    my ($answer, $name) = @_;
    my $text = $answer->text;
    is($answer->header('Content-Type'), 'text/html; charset=utf-8',
        "$name: HTML");
    is($answer->header('Vary'), 'Accept', "$name: as Accept wants");
    cmp_ok(length $answer->{body}, '<', 10240, "$name: below 10 KB");
    unlike($text, qr/<script|javascript:|\son\w+=/i, "$name: no script");
    unlike($text, qr/<(?:img|link|iframe|object)\b/i, "$name: loads nothing");
    like($text, qr/<meta charset="utf-8">/, "$name: charset");
    like($text, qr/<meta name="viewport"/, "$name: viewport");
    like($text, qr/<meta name="referrer" content="no-referrer">/,
        "$name: tells no other site the code");
    like($text, qr/prefers-color-scheme:dark/, "$name: dark mode");
    like($text, qr/<html lang="zh-CN">/, "$name: Chinese");
    my @open;
    (my $rest = $text) =~ s/<!DOCTYPE html>|<(?:meta|br)\b[^>]*>//g;
    while ($rest =~ m{<(/?)(\w+)[^<>]*>}g) {
        if (!$1) {
            push @open, $2;
        } elsif (!@open || pop @open ne $2) {
            return fail("$name: <$1$2> closes nothing");
        }
    }
    is_deeply(\@open, [], "$name: every element is closed");
}

subtest 'a station' => sub {
    my $answer = page("/s/$code->{'a-1'}");
    is($answer->{status}, 200, 'found');
    check_page($answer, 'station');
    my $text = $answer->text;
    like($text, qr{<h1>香港中路驿站</h1>}, 'its name');
    like($text, qr/驿站 · /, 'its kind and level');
    like($text, qr/营业中 至 .*\d\d:00/, 'open until');
    like($text, qr/香港中路 1 号/, 'its address');
    like($text, qr/geo:36\.0671,120\.3826/, 'a link to the map');
    like($text, qr/微波炉热饭/, 'a service by its label');
    like($text, qr/特别服务/, 'an unknown service as it is');
    like($text, qr/href="tel:0532-85911234"/, 'the phone can be dialled');
    like($text, qr/0532-8591 1234/, 'and read');
    like($answer->header('Cache-Control'), qr/^private, max-age=/, 'private');

    my @near = $text =~ m{<li><b>(.*?)</b>}g;
    is(scalar @near, 5, 'five open places near it');
    like($near[0], qr/^邻站&lt;script/, 'the nearest first, escaped');
    unlike($text, qr/现在关着|暂停站|关门站/, 'none that is not open');
    like($text, qr/\d+ 米，步行约 \d+ 分钟/, 'how far they are');
};

subtest 'what a file holds can do no harm' => sub {
    my $answer = page("/s/$code->{'d-1'}");
    check_page($answer, 'nasty');
    like($answer->text,
        qr/&lt;script&gt;alert\(&quot;x&quot;\)&lt;\/script&gt;&amp;&#39;/,
        'it shows as text');
    like($answer->text, qr{<dd>全天 24 小时</dd>}, 'hours are Chinese');
};

subtest 'states' => sub {
    my $shut = page("/s/$code->{'e-1'}")->text;
    like($shut, qr/已关闭，.*\d\d:00 开门/, 'closed, and when it opens');
    my $suspended = page("/s/$code->{'c-1'}");
    is($suspended->{status}, 200, 'suspended is no error');
    check_page($suspended, 'suspended');
    like($suspended->text, qr/暂停开放.*预计 2099年1月\d日 \d\d:\d\d 恢复/s,
        'and says until when');
    my $hours = '周一至周五 08:30-17:30；周六、周日 09:00-17:00；'
        . '法定节假日 休息';
    like($suspended->text, qr{<dt>开放时间</dt><dd>$hours</dd>},
        'hours are Chinese, not codes');
    my $bare = page("/s/$code->{'f-1'}");
    check_page($bare, 'bare');
    like($bare->text, qr{<h1>公共厕所</h1>}, 'without a name: its kind');
    like($bare->text, qr/开放时间不明/, 'unknown hours');
    unlike($bare->text, qr/geo:|tel:|附近/, 'nothing that is not known');
};

subtest 'errors' => sub {
    my $gone = page("/s/$code->{'b-1'}");
    is($gone->{status}, 410, 'gone');
    check_page($gone, 'gone');
    like($gone->text, qr/站点已停用/, 'says so');
    is(scalar(() = $gone->text =~ /<li>/g), 5, 'shows open ones near');

    my $unknown = page('/s/00000-0000-0000');
    is($unknown->{status}, 404, 'unknown');
    check_page($unknown, 'unknown');
    like($unknown->text, qr/二维码无效/, 'says so');
    is(page('/s/x')->{body}, $unknown->{body}, 'malformed is the same');
};

subtest 'who gets the page' => sub {
    my $path = "/s/$code->{'a-1'}";
    my %page = (
        'text/html' => 1,
        'TEXT/HTML' => 1,
        'text/*' => 1,
        $BROWSER => 1,
        'text/html, */*' => 1,
        'text/html;level=1;q=0.5, application/json;q=0.4' => 1,
        'application/json;q=0, */*' => 0,
        '*/*' => 0,
        'application/json' => 0,
        'application/geo+json' => 0,
        'application/*' => 0,
        'text/html;q=0' => 0,
        'text/html;q=0.5, application/json' => 0,
        'text/html, application/geo+json' => 0,
        'text/html;q=2' => 0,
        'image/png' => 0,
        ',,;;==' => 0,
        '' => 0,
    );
    for my $accept (sort keys %page) {
        my $type = $y->get($path, Accept => $accept)->header('Content-Type');
        is($type =~ /html/ ? 1 : 0, $page{$accept}, "Accept: $accept");
    }
    is($y->get($path)->header('Content-Type'), 'application/geo+json',
        'no Accept: JSON');
};

$y->finish;
done_testing;
