"""The servers that the benchmark starts: nginx with one worker on one core,
and Redis on the same core.  Each listens on loopback or a unix socket, lies in
the benchmark's temporary directory and is stopped with it.
"""
import http.client
import os
import socket
import subprocess
import time

from measure import Failed

MODULES = "/usr/lib/nginx/modules"

MAIN = """\
%(load)s
%(user)s
daemon off;
pid %(dir)s/nginx.pid;
error_log %(dir)s/error.log warn;
worker_processes 1;
events { worker_connections 2048; }
http {
    access_log off;
    server_tokens off;
    keepalive_timeout 600s;
    keepalive_requests 1000000000;
    client_body_temp_path %(dir)s/body;
    proxy_temp_path %(dir)s/proxy;
    fastcgi_temp_path %(dir)s/fastcgi;
    uwsgi_temp_path %(dir)s/uwsgi;
    scgi_temp_path %(dir)s/scgi;
    default_type application/octet-stream;
%(http)s
%(servers)s
}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def quoted(text):
    """A word of nginx's configuration."""
    return "'%s'" % text.replace("\\", "\\\\").replace("'", "\\'")


def family(pid):
    """`pid` and all its children and theirs."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open("/proc/%s/stat" % entry) as stat:
                    parent = stat.read().rpartition(")")[2].split()[1]
            except OSError:
                continue
            children.setdefault(int(parent), []).append(int(entry))
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        todo += children.get(one, [])
    return found


def fetch(port, path, accept="application/geo+json"):
    """One answer: status, headers in their order, body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Accept": accept})
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    finally:
        connection.close()


class Process:
    """A server in the foreground, pinned to one core."""

    def __init__(self, command, cpu, log):
        self.log = log
        with open(log, "ab") as output:
            self.child = subprocess.Popen(
                ["taskset", "-c", str(cpu)] + [str(w) for w in command],
                stdout=output, stderr=output, stdin=subprocess.DEVNULL)

    def wait_until(self, ready, what, seconds=60):
        end = time.monotonic() + seconds
        while not ready():
            if self.child.poll() is not None or time.monotonic() > end:
                with open(self.log, errors="replace") as log:
                    raise Failed("%s does not start:\n%s"
                                 % (what, log.read()[-2000:]))
            time.sleep(0.01)

    def pids(self):
        return family(self.child.pid)

    def stop(self):
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Nginx(Process):
    """nginx with `servers`, a list of (port, text inside the server)."""

    def __init__(self, directory, cpu, modules, http, servers):
        os.makedirs(directory, exist_ok=True)
        text = MAIN % {
            "load": "\n".join("load_module %s;" % m for m in modules),
            "user": "user root;" if os.geteuid() == 0 else "",
            "dir": directory,
            "http": http,
            "servers": "\n".join(
                "server { listen 127.0.0.1:%d;\n%s\n}" % server
                for server in servers),
        }
        conf = os.path.join(directory, "nginx.conf")
        with open(conf, "w") as out:
            out.write(text)
        log = os.path.join(directory, "error.log")
        super().__init__(["nginx", "-p", directory, "-e", log, "-c", conf],
                         cpu, log)
        try:
            self.wait_until(lambda: all(listens(p) for p, _ in servers),
                            "nginx")
        except Failed:
            self.stop()
            raise

    def worker(self):
        return self.pids()[-1]

    def alerts(self):
        """Lines of the error log that no run may leave behind."""
        with open(self.log, errors="replace") as log:
            return [line for line in log if "[alert]" in line
                    or "[emerg]" in line or "[crit]" in line]


class Redis(Process):
    """Redis as a cache is set up for speed: no files, no TCP."""

    def __init__(self, directory, cpu):
        os.makedirs(directory, exist_ok=True)
        self.socket = os.path.join(directory, "redis.sock")
        super().__init__(["redis-server", "--port", "0", "--unixsocket",
                          self.socket, "--save", "", "--appendonly", "no",
                          "--latency-tracking", "no", "--dir", directory],
                         cpu, os.path.join(directory, "redis.log"))
        try:
            self.wait_until(lambda: os.path.exists(self.socket), "Redis")
        except Failed:
            self.stop()
            raise
