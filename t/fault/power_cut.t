#!/usr/bin/perl
# What this protects: an acknowledged rating survives a power cut.  The data
# lies on a file system of its own, ext4 on a loop device, that is shut down
# under the working daemon without writing its journal back, as losing power
# would; what was synced is on the device, the rest is gone.  After mounting
# again every noted rating is there, once, and `verify` finds no fault.
#
# N is the number of cuts (3).  Skipped, and said so, where no loop device can
# be mounted.
use strict;
use warnings;
use utf8;
use File::Temp 'tempdir';
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../http/lib";
use Raters;
use Test::More;
use Time::HiRes 'sleep';
use Yizhan;

my $CUTS = $ENV{N} // 3;
my $SHUTDOWN = 0x8004587d;    # EXT4_IOC_SHUTDOWN
my $NO_LOG_FLUSH = 2;         # EXT4_GOING_FLAGS_NOLOGFLUSH

plan skip_all => 'only root can mount' if $> != 0;
my $image_dir = tempdir('yizhan-power-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $image = "$image_dir/disk.img";
my $yizhan = Yizhan->new(writes => 1, settings => "cookie_secure off\n");
my $data = $yizhan->{data};

sub run { return system("@_ >'$image_dir/said' 2>&1") == 0 }
sub mounts { return run("mount -o loop '$image' '$data'") }

plan skip_all => 'no ext4 on a loop device can be mounted here: '
    . Yizhan::read_file("$image_dir/said")
    unless run("truncate -s 256M '$image'")
    && run("mkfs.ext4 -q -F '$image'") && mounts();
$yizhan->make_directories;

# The device is given back, however the test ends.
my $owner = $$;
END {
    if (defined $owner && $$ == $owner && defined $data) {
        $yizhan->stop if $yizhan;
        system "umount -l '$data' 2>/dev/null";
    }
}

my @ids = map { "p-$_" } 1 .. 20;
$yizhan->serve(map {
    {id => $ids[$_], name => "驿站 $_", region => 370202,
        lng => 120.3 + $_ / 1000, lat => 36.06}
} 0 .. $#ids);
my $raters = Raters->new($yizhan, phones => 4, patient => [500],
    tokens => Raters::tokens($yizhan, @ids));

sub cut_power {
    open my $root, '<', $data or die "$data: $!";
    my $how = pack 'L', $NO_LOG_FLUSH;
    ioctl $root, $SHUTDOWN, $how or die "the file system stays up: $!";
}

for my $cut (1 .. $CUTS) {
    my $before = @{$raters->noted};
    $raters->start;
    $yizhan->wait_for('ratings are acknowledged',
        sub { return @{$raters->noted} > $before + 20 });
    sleep rand 0.1;
    cut_power();
    sleep 0.05;
    $raters->stop;
    my $noted = $raters->noted;
    $yizhan->allow(qr/yizhan/);
    Yizhan::end_process(delete $yizhan->{pid});
    $yizhan->kill_daemon;
    ok(run("umount '$data'") && mounts(),
        "cut $cut: the file system mounts again")
        or BAIL_OUT(Yizhan::read_file("$image_dir/said"));
    unlink "$data/run/admin.sock", "$data/run/operator.sock";
    $yizhan->start->wait_ready;
    my $kept = $raters->kept;
    my @lost = grep { !$kept->{"@$_"} } @$noted;
    my @twice = grep { $kept->{$_} > 1 } keys %$kept;
    my ($code, $said) = $yizhan->try_command('verify');
    ok(!@lost && !@twice && $code == 0, "cut $cut: " . @$noted
        . ' acknowledged ratings are there, once, and verified')
        or diag(scalar(@lost) . ' lost, ' . scalar(@twice) . " twice; $said");
}
$yizhan->finish;
done_testing();
