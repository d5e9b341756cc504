/*
 * Giving root's rights away.  Called by yizhan_admind.c before anything else:
 * what reads requests from the network owns its data and nothing more.
 */
#include "admin/daemon/account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lmdb_schema/files_write.h"

/* New directories of public data keep their group by it (mode g+s). */
static yz_status
take_groups(const char *dir)
{
    char public[YZ_PATH_MAX];
    struct stat st;
    yz_status status = yz_path_join(public, dir, "public");

    if (status != YZ_OK) {
        return status;
    }
    if (stat(public, &st) != 0) {
        return errno == ENOENT && setgroups(0, NULL) == 0 ? YZ_OK : YZ_IO;
    }
    /* The group of root is none to share. */
    return setgroups(st.st_gid != 0 ? 1 : 0, &st.st_gid) == 0 ? YZ_OK : YZ_IO;
}

yz_status
yz_account_become(const char *name, const char *dir)
{
    const struct passwd *account;
    yz_status status;

    if (geteuid() != 0) {
        return YZ_DENIED;
    }
    errno = 0;
    account = getpwnam(name);
    if (account == NULL) {
        return errno == 0 || errno == ENOENT ? YZ_NOT_FOUND : YZ_IO;
    }
    if (account->pw_uid == 0) {
        return YZ_DENIED;
    }
    status = take_groups(dir);
    if (status != YZ_OK) {
        return status;
    }
    if (setgid(account->pw_gid) != 0 || setuid(account->pw_uid) != 0) {
        return YZ_IO;
    }
    /* There is no way back. */
    return setuid(0) != 0 ? YZ_OK : YZ_IO;
}
