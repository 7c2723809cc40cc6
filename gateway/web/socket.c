// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "web/web_internal.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET_MODE  0660
#define BACKLOG      128
#define GROUPS_MOST  1024 /* supplementary groups of a peer; Linux: 65,536 */
#define GROUP_BUFFER 65536

static gid_t find_group(const char *name)
{
    struct group group = {0};
    struct group *found = NULL;
    char *buffer = mem_new(GROUP_BUFFER);
    gid_t gid = (gid_t)-1;
    if (*name && getgrnam_r(name, &group, buffer, GROUP_BUFFER, &found) == 0 &&
        found) {
        gid = found->gr_gid;
    }
    free(buffer);
    return gid;
}

/** Whether somebody accepts connections there. */
static bool is_listening(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return true; /* not known: better not to take it away */
    }
    int done = connect(fd, (const struct sockaddr *)address, sizeof(*address));
    bool refused = done != 0 && errno == ECONNREFUSED;
    close(fd);
    return !refused;
}

/** Takes away a socket that a daemon left behind, and nothing else. */
static enum kb_err clear_path(
    const struct sockaddr_un *address, struct why *why)
{
    struct stat there = {0};
    const char *path = address->sun_path;
    if (lstat(path, &there) != 0) {
        return KB_OK;
    }
    if (!S_ISSOCK(there.st_mode)) {
        why_set(why,
            "%s is there and is no socket; move it away or change "
            "control.socket",
            path);
        return KB_IO;
    }
    if (is_listening(address)) {
        why_set(
            why, "another program listens on %s; is kabarid running?", path);
        return KB_BUSY;
    }
    if (unlink(path) != 0) {
        why_set(why, "the old %s cannot be removed: %s", path, strerror(errno));
        return KB_IO;
    }
    log_info("web: removed the socket of a daemon that is gone");
    return KB_OK;
}

/** Nobody can connect before listen(), so that mode and group are set in
 *  time. */
static enum kb_err listen_there(
    struct web *web, int fd, const struct sockaddr_un *address, struct why *why)
{
    const char *path = address->sun_path;
    struct stat made = {0};
    if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) != 0) {
        why_set(why, "control.socket %s: %s; is its folder there and ours?",
            path, strerror(errno));
        return errno == EADDRINUSE ? KB_BUSY : KB_IO;
    }
    if (web->group != (gid_t)-1 && chown(path, (uid_t)-1, web->group) != 0) {
        log_warn("web: the socket's group cannot be set to %s: %s",
            web->config->control_group, strerror(errno));
    }
    if (chmod(path, SOCKET_MODE) != 0 || lstat(path, &made) != 0 ||
        listen(fd, BACKLOG) != 0) {
        why_set(why, "control.socket %s: %s", path, strerror(errno));
        return KB_IO;
    }
    web->socket_path = mem_strdup(path);
    web->socket_dev = made.st_dev;
    web->socket_ino = made.st_ino;
    return KB_OK;
}

enum kb_err web_socket_open(
    struct web *web, evutil_socket_t *out, struct why *why)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = web->config->control_socket;
    web->own = geteuid();
    web->group = find_group(web->config->control_group);
    if (str_copy(address.sun_path, sizeof(address.sun_path), path) != KB_OK) {
        why_set(why, "control.socket is too long (at most 107 bytes)");
        return KB_INVALID;
    }
    enum kb_err err = clear_path(&address, why);
    if (err != KB_OK) {
        return err;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        why_set(why, "no socket can be made: %s", strerror(errno));
        return KB_IO;
    }
    err = listen_there(web, fd, &address, why);
    if (err != KB_OK) {
        close(fd);
        return err;
    }
    *out = fd;
    return KB_OK;
}

void web_socket_remove(struct web *web)
{
    struct stat there = {0};
    if (web->socket_path && lstat(web->socket_path, &there) == 0 &&
        there.st_dev == web->socket_dev && there.st_ino == web->socket_ino &&
        unlink(web->socket_path) != 0) {
        log_warn("web: the socket cannot be removed: %s", strerror(errno));
    }
    free(web->socket_path);
    web->socket_path = NULL;
}

/** SO_PEERGROUPS, since Linux 4.13: the groups that the peer had when it
 *  connected, without asking any name service. */
static bool has_group(evutil_socket_t fd, gid_t group)
{
    gid_t *groups = mem_array(GROUPS_MOST, sizeof(*groups));
    socklen_t bytes = GROUPS_MOST * sizeof(*groups);
    bool found = false;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &bytes) == 0) {
        for (size_t i = 0; !found && i < bytes / sizeof(*groups); i++) {
            found = groups[i] == group;
        }
    }
    free(groups);
    return found;
}

bool web_peer_may(const struct ucred *peer, uid_t own, gid_t group)
{
    return peer->uid == 0 || peer->uid == own ||
           (group != (gid_t)-1 && peer->gid == group);
}

struct web_peer web_peer_of(const struct web *web, evutil_socket_t fd)
{
    struct ucred credentials = {0};
    socklen_t bytes = sizeof(credentials);
    struct web_peer peer = {.uid = (uid_t)-1};
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &bytes) != 0) {
        return peer;
    }
    peer.uid = credentials.uid;
    peer.allowed = web_peer_may(&credentials, web->own, web->group) ||
                   (web->group != (gid_t)-1 && has_group(fd, web->group));
    return peer;
}
