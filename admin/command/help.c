/*
 * What `yizhan help` and `yizhan COMMAND --help` print.  Used by yizhan.c.
 */
#include "admin/command/help.h"

#include "admin/command/command_place.h"
#include "admin/command/command_org.h"
#include "admin/command/command_post.h"
#include "admin/command/command_routing.h"
#include "admin/command/command_ticket.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    const char *command;
    const char *text;
} topic;

static const char overview[] =
    "usage: yizhan [--dir DIR] COMMAND ...\n"
    "\n"
    "  load FILE      load places from CSV or GeoJSON\n"
    "  diff FILE      show what a load would change\n"
    "  rollback [N]   take a load back\n"
    "  log ...        list loads, follow, check, export and archive the "
    "log\n"
    "  template       print an example file\n"
    "  codes          print place ids and their codes as CSV\n"
    "  verify         check every record and every index\n"
    "  rebuild        build public data anew from state\n"
    "  dump [ID]      print records readably\n"
    "  place ...      show, set, move, suspend, reopen and close a place\n"
    "  code ...       list, issue and revoke the codes of a place\n"
    "  ticket ...     list, show, dispatch, answer and close tickets\n"
    "  routing [FILE] load the routing table of tickets, or show it\n"
    "  post ...       list, show, release, hide and delete posts\n"
    "  items [FILE]   load the list of items of posts, or show it\n"
    "  org ...        list, change and import the organisation and its roles\n"
    "  token          begin a session for a script\n"
    "  keys ...       rotate the keys that seal what people wrote\n"
    "  backup DIR2    copy state, keys and settings, also while it runs\n"
    "  restore DIR2   put such a copy in the place of what is there\n"
    "  version        print the version\n"
    "  help [COMMAND] print this, or a command's help\n"
    "\n"
    "  --dir DIR      data directory (var)\n"
    "  --wait S       seconds to wait for another writer (30)\n"
    "  --quiet        print results and errors only\n"
    "\n"
    "exit: 0 done, 1 refused or failed, 2 usage, 3 a dry run found "
    "differences\n";

static const char load_text[] =
    "usage: yizhan [--dir DIR] load FILE [options]\n"
    "       yizhan [--dir DIR] diff FILE [options]\n"
    "\n"
    "Loads places from CSV (UTF-8 or GB18030) or GeoJSON; - is standard\n"
    "input.  All rows are checked before anything changes; one bad row "
    "refuses\nthe file.  Rows add and change places; places that the file "
    "does not name\nand columns that it does not have stay as they are.  "
    "diff shows what load\nwould change and changes nothing.\n"
    "\n"
    "  --map THEIRS=OURS,...  other names of columns\n"
    "  --crs CRS              coordinate system of rows that name none:\n"
    "                         wgs84, gcj02 (AMap, Tencent) or bd09 (Baidu)\n"
    "  --encoding E           utf-8 or gb18030 (found out by default)\n"
    "  --dry-run              only tell what would be done; exit 3 when "
    "that is\n                         something\n"
    "  --replace --region R [--close=N]\n"
    "                         also close the places of region R that the "
    "file does\n                         not name; N must be their exact "
    "count\n"
    "  --moved ID,...|@FILE   ids whose place really got another name and "
    "moved\n                         more than 1 km\n"
    "  --report OUT.csv       write the file back with a column 问题\n"
    "  --data-dir DIR         where regions.csv and holidays.csv are\n"
    "                         (YIZHAN_DATA, or ../data beside the program)\n"
    "  --quiet                no progress, notes, warnings or summary\n";

static const topic topics[] = {
    {"load", load_text},
    {"diff", load_text},
    {"rollback",
     "usage: yizhan [--dir DIR] rollback [BATCH]\n"
     "\n"
     "Takes a batch back, the newest load by default: what it changed is as\n"
     "before, what it added is delisted and keeps its code.  Places that a\n"
     "later batch changed stay as they are and are listed.  A rollback is a\n"
     "batch itself and can be rolled back.\n"},
    {"log",
     "usage: yizhan [--dir DIR] log [list] [--limit N]\n"
     "       yizhan [--dir DIR] log tail [-f] [--limit N]\n"
     "       yizhan [--dir DIR] log verify\n"
     "       yizhan [--dir DIR] log export [--from X] [--to Y]\n"
     "       yizhan [--dir DIR] log archive [--days N]\n"
     "\n"
     "list prints batches, newest first, N (20) at most; tail the newest "
     "entries,\nand with -f (--follow) those that come.  verify checks the "
     "chain of hashes,\nnumbers, times and that the log ends in the state.  "
     "export prints each entry\nas a line of JSON, from X up to and without "
     "Y, which are numbers of the log or\ndays like 2026-11-28; what people "
     "wrote, and codes, are not in it.  archive\nmoves entries older than N "
     "(90) days into files, which the daemon does by\nitself.\n"},
    {"template", "usage: yizhan template [--geojson]\n"
                 "\n"
                 "Prints an example of a file to load.\n"},
    {"codes", "usage: yizhan [--dir DIR] codes [--region R]\n"
              "\n"
              "Prints CSV id,code,name of all places, or of those in region "
              "R (2, 4 or\n6 digits), ordered by id.  Codes are secrets of "
              "a kind: who has one can\nprint its QR code.\n"},
    {"verify", "usage: yizhan [--dir DIR] verify\n"
               "\n"
               "Checks the log's chain, state against log, public data "
               "against state, every\nindex both ways, and counts.  Exit 1 "
               "when something is wrong.\n"},
    {"rebuild", "usage: yizhan [--dir DIR] rebuild\n"
                "\n"
                "Builds a new generation of public data from state and "
                "switches to it.\n"},
    {"dump", "usage: yizhan [--dir DIR] dump [--private] [ID]\n"
             "\n"
             "Prints the public records, or those of one place, as JSON "
             "lines that do\nnot depend on the generation.  With --private "
             "prints state and log, codes\nincluded.\n"},
    {"place", yz_place_help},
    {"code", yz_code_help},
    {"ticket", yz_ticket_help},
    {"routing", yz_routing_help},
    {"post", yz_post_help},
    {"items", yz_items_help},
    {"org", yz_org_help},
    {"token", yz_token_help},
    {"keys", yz_keys_help},
    {"backup",
     "usage: yizhan [--dir DIR] backup DIR2\n"
     "\n"
     "Makes DIR2 and copies into it what the data of DIR is made from: state "
     "and\nlog, their keys, and the settings, as they are at one moment.  A "
     "daemon may be\nat work.  DIR2 appears when it is whole and on disk.  "
     "It holds codes and keys:\nkeep it as safe as DIR.\n"},
    {"restore",
     "usage: yizhan [--dir DIR] restore DIR2 [--force]\n"
     "\n"
     "Puts the backup DIR2 in the place of the state of DIR, builds public "
     "data\nfrom it and verifies all of it.  No daemon may serve DIR.  What "
     "was there is\nkept as DIR/private.before-TIME.  A state with changes "
     "that the backup lacks is\nreplaced with --force only; settings that "
     "are there stay.\n"},
    {"version", "usage: yizhan version\n\nPrints the version.\n"},
    {"help", "usage: yizhan help [COMMAND]\n"},
};

bool
yz_help_print(const char *command)
{
    if (command == NULL) {
        fputs(overview, stdout);
        return true;
    }
    for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
        if (strcmp(topics[i].command, command) == 0) {
            fputs(topics[i].text, stdout);
            return true;
        }
    }
    fprintf(stderr, "yizhan: there is no command %s\n", command);
    return false;
}
