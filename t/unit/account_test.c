/*
 * Protects the machine from whoever takes the daemon over: what root starts
 * becomes another account, with the group of DIR/public and no other, and
 * there is no way back.  Without the drop the process that reads requests is
 * root.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "admin/daemon/account.h"
#include "t/unit/scratch_dir.h"

#define SHARED_GROUP 12345

static char dir[SCRATCH_SIZE];

static int
make_dir(void **state)
{
    (void)state;
    return scratch_make(dir);
}

static int
remove_dir(void **state)
{
    (void)state;
    scratch_remove(dir);
    return 0;
}

/* Runs a check in a child, which may give its rights away. */
static int
in_child(int (*check)(void))
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        _exit(check());
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* The number of the line that fails, or 0. */
#define CHECK(holds) ((holds) ? 0 : __LINE__ % 200 + 1)

static int
is_nobody_with_groups(int most, gid_t expected)
{
    const struct passwd *nobody = getpwnam("nobody");
    gid_t groups[8] = {0};
    int n = getgroups(8, groups);
    int failed = CHECK(n == most && (n == 0 || groups[0] == expected));

    failed = failed != 0 ? failed : CHECK(getuid() == nobody->pw_uid);
    failed = failed != 0 ? failed : CHECK(geteuid() == nobody->pw_uid);
    failed = failed != 0 ? failed : CHECK(getegid() == nobody->pw_gid);
    failed = failed != 0 ? failed : CHECK(setuid(0) != 0 && seteuid(0) != 0);
    return failed != 0 ? failed : CHECK(setgid(0) != 0);
}

static int
becomes_nobody(void)
{
    int failed = CHECK(yz_account_become("nobody", dir) == YZ_OK);

    return failed != 0 ? failed : is_nobody_with_groups(1, SHARED_GROUP);
}

static int
becomes_nobody_alone(void)
{
    int failed = CHECK(yz_account_become("nobody", dir) == YZ_OK);

    return failed != 0 ? failed : is_nobody_with_groups(0, 0);
}

static int
is_refused_without_root(void)
{
    return CHECK(setuid(65534) == 0 &&
                 yz_account_become("nobody", dir) == YZ_DENIED);
}

static void
what_root_starts_becomes_the_account(void **state)
{
    char public[SCRATCH_SIZE + 8];

    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    assert_int_equal(in_child(becomes_nobody_alone), 0);
    snprintf(public, sizeof(public), "%s/public", dir);
    assert_int_equal(mkdir(public, 0750), 0);
    assert_int_equal(in_child(becomes_nobody_alone), 0);
    assert_int_equal(chown(public, 0, SHARED_GROUP), 0);
    assert_int_equal(in_child(becomes_nobody), 0);
    assert_int_equal(in_child(is_refused_without_root), 0);
}

static void
what_cannot_be_is_told(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        assert_int_equal(yz_account_become("nobody", dir), YZ_DENIED);
        return;
    }
    assert_int_equal(yz_account_become("no-such-account", dir), YZ_NOT_FOUND);
    assert_int_equal(yz_account_become("root", dir), YZ_DENIED);
    assert_int_equal(geteuid(), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_root_starts_becomes_the_account,
                                        make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_told, make_dir,
                                        remove_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
