# Calls what Amanda's changers offer its own programs, and no command line does:
#
#   perl amanda_changer.pl CONFIGURATION vendor
#   perl amanda_changer.pl CONFIGURATION move FROM-SLOT TO-SLOT
#
# Prints the result, or fails with Amanda's message.
use strict;
use warnings;
use Amanda::Changer;
use Amanda::Config qw( :init );
use Amanda::MainLoop;
use Amanda::Util qw( :constants );

my ($configuration, $what, @slots) = @ARGV;

Amanda::Util::setup_application("amchanger", "server", $CONTEXT_CMDLINE, "amanda", "amanda");
config_init($CONFIG_INIT_EXPLICIT_NAME, $configuration);
Amanda::Util::finish_setup($RUNNING_AS_DUMPUSER);

my $failed = 0;

sub ended {
    my ($error, @said) = @_;
    $failed = 1 if $error;
    print $error ? "ERROR: $error\n" : "@said\n";
    Amanda::MainLoop::quit();
}

my $changer = Amanda::Changer->new();
die "$changer\n" if $changer->isa("Amanda::Changer::Error");
Amanda::MainLoop::call_later(sub {
    if ($what eq "vendor") {
        $changer->info(info => ["vendor_string"], info_cb => sub {
            my ($error, %info) = @_;
            ended($error, $info{"vendor_string"});
        });
    } else {
        $changer->move(from_slot => $slots[0], to_slot => $slots[1],
            finished_cb => sub { ended($_[0], "moved") });
    }
});
Amanda::MainLoop::run();
$changer->quit();
Amanda::Util::finish_application();
exit $failed;
