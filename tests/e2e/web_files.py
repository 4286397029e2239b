"""A web server with one file: with ranges, with a line that breaks as told, with a secret, or with TLS that nobody trusts."""

import http.server
import ssl
import subprocess
import threading
import time


class WebFiles:
    def __init__(self, content, secret=None, ranges=True, break_after=(), pause=0, certificate=None):
        """`break_after`: after how many bytes the first lines break, one after the other. `pause`: seconds after each tenth."""
        self.calls, self.breaks = [], list(break_after)
        files = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                files.calls.append((self.path, dict(self.headers)))
                if secret and self.headers.get("Authorization") != f"Bearer {secret}":
                    return self.answer(401, b"who are you?")
                if self.path.startswith("/page"):
                    return self.answer(200, b"<!DOCTYPE html><title>Sign in</title>")
                if self.path.startswith("/to?"):
                    return self.answer(302, b"", Location=self.path.removeprefix("/to?"))
                if not self.path.startswith("/backup"):
                    return self.answer(404, b"no such file")
                wanted = self.headers.get("Range")
                if ranges and wanted and self.headers.get("If-Range") == '"one"':
                    start = int(wanted.removeprefix("bytes=").split("-")[0])
                    return self.answer(206, content[start:], ETag='"one"',
                                       **{"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"})
                return self.answer(200, content, ETag='"one"')

            def answer(self, status, body, **headers):
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), "Connection": "close", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                cut = files.breaks.pop(0) if files.breaks and status in (200, 206) else len(body)
                piece = max(1, len(body) // 10)
                for at in range(0, cut, piece):
                    try:
                        self.wfile.write(body[at:min(cut, at + piece)])
                    except OSError:
                        break
                    time.sleep(pause)
                self.close_connection = True

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.scheme = "https" if certificate else "http"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path="/backup.zip"):
        return f"{self.scheme}://{self.host}{path}"


def make_certificate(path):
    """One that vouches for itself, with its key."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path,
                    "-out", f"{path}.crt", "-days", "1", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
                   check=True, capture_output=True)
    with open(path, "a") as both, open(f"{path}.crt") as certificate:
        both.write(certificate.read())
    return path
