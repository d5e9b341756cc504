package Pages;

# Where in an LMDB file (data version 1, 64 bits, little-endian) the newest
# snapshot has its values, and where the structure of its pages: what a test
# damages on purpose.

use strict;
use warnings;

my $HEAD = 16; # bytes before the offsets of a page's nodes
my ($BRANCH, $LEAF) = (0x01, 0x02);
my ($BIG, $SUB) = (0x01, 0x02);
my $NONE = ~0;

# read(FILE): {values => [[OFFSET, SIZE, DATABASE], ...], keys => the same,
# structure => [[OFFSET, SIZE, WHAT], ...], page_size =>, pages =>}.
sub read {
    my ($class, $path) = @_;
    open my $in, '<:raw', $path or die "$path: $!";
    local $/;
    my $bytes = <$in>;
    my $size = unpack 'V', substr $bytes, $HEAD + 24, 4;
    my @metas = sort { $b->{txn} <=> $a->{txn} } map {
        my $at = $_ * $size + $HEAD;
        {root => unpack('Q<', substr $bytes, $at + 112, 8),
            last => unpack('Q<', substr $bytes, $at + 120, 8),
            txn => unpack('Q<', substr $bytes, $at + 128, 8)}
    } 0, 1;
    my $self = bless {bytes => $bytes, page_size => $size, values => [],
        keys => [], structure => [], pages => $metas[0]{last} + 1}, $class;
    $self->walk($metas[0]{root}, 'main');
    delete $self->{bytes};
    return $self;
}

sub at { return unpack $_[3], substr $_[0]{bytes}, $_[1], $_[2] }

# One page and all below it.
sub walk {
    my ($self, $number, $database) = @_;
    return if $number == $NONE;
    my $page = $number * $self->{page_size};
    my $flags = $self->at($page + 10, 2, 'v');
    my $count = ($self->at($page + 12, 2, 'v') - $HEAD) / 2;
    push @{$self->{structure}}, [$page, $HEAD, "head in $database"],
        [$page + $HEAD, 2 * $count, "offsets in $database"];
    for my $i (0 .. $count - 1) {
        my $node = $page + $self->at($page + $HEAD + 2 * $i, 2, 'v');
        my ($low, $high, $node_flags, $key_size) = unpack 'v4',
            substr $self->{bytes}, $node, 8;
        push @{$self->{structure}}, [$node, 8, "node in $database"];
        push @{$self->{keys}}, [$node + 8, $key_size, $database]
            if $key_size && $database ne 'main';
        if ($flags & $BRANCH) {
            $self->walk($low | $high << 16 | $node_flags << 32, $database);
        } elsif ($flags & $LEAF) {
            $self->leaf_node($node + 8, $key_size, $low | $high << 16,
                $node_flags, $database);
        }
    }
}

sub leaf_node {
    my ($self, $key, $key_size, $size, $flags, $database) = @_;
    my $value = $key + $key_size;
    if ($flags & $SUB) {
        my $name = substr $self->{bytes}, $key, $key_size;
        push @{$self->{structure}}, [$value, $size, "root of $name"];
        $self->walk($self->at($value + 40, 8, 'Q<'), $name);
    } elsif ($flags & $BIG) {
        my $first = $self->at($value, 8, 'Q<') * $self->{page_size};
        push @{$self->{structure}}, [$value, 8, "large value in $database"],
            [$first, $HEAD, "head of a large value in $database"];
        push @{$self->{values}}, [$first + $HEAD, $size, $database];
    } elsif ($size) {
        push @{$self->{values}}, [$value, $size, $database];
    }
}

1;
