"""Who may ask; what of a text, a file's name or metadata comes back, and where."""

import json
import logging
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from stancekit.labels.errors import ConfigurationError
from stancekit.serving.http.security import HEADERS, check_origin, read_token
from stancekit.serving.http.server import _Lines
from stancekit.serving.http.static_files import page_files

TOKEN = "a-token-of-24-characters"  # noqa: S105
EVIL = '<script>alert(1)</script>\r\nSet-Cookie: a=b\n{"level": "x"} Firms invest.'


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    (folder / "index.html").write_text("<!doctype html><title>t</title>")
    (folder / "app.js").write_text("1;")
    (folder / "style").mkdir()
    (folder / "style" / "page.css").write_text("body{}")
    (folder / ".hidden").write_text("secret")
    (folder / "link.txt").symlink_to("/etc/passwd")
    return folder


@pytest.fixture(scope="module")
def guarded(start_service: Any, page: Path) -> str:
    return str(start_service(token=TOKEN, page=page_files(page)))


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer x", f"Basic {TOKEN}", f"Bearer {TOKEN}x"])
def test_without_the_token_nothing_is_scored(guarded: str, given: str) -> None:
    headers = {"authorization": given} if given else {}
    for method, path in (
        ("POST", "/v1/score"), ("POST", "/v1/files"), ("POST", "/v1/evidence"),
        ("POST", "/invocations"), ("GET", "/v1/bundle"), ("GET", "/metrics"), ("GET", "/nothing"),
    ):  # fmt: skip
        answer = httpx.request(method, guarded + path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["instance"] == path
        assert TOKEN not in answer.text


def test_with_the_token_all_is_answered(guarded: str) -> None:
    headers = {"authorization": f"Bearer {TOKEN}"}
    body = {"documents": [{"text": "Firms invest."}]}
    assert httpx.post(f"{guarded}/v1/score", json=body, headers=headers).status_code == 200
    assert httpx.get(f"{guarded}/v1/bundle", headers=headers).status_code == 200
    description = httpx.get(f"{guarded}/openapi.json").json()
    assert description["security"] == [{"token": []}]
    assert "401" in description["paths"]["/v1/score"]["post"]["responses"]
    assert description["paths"]["/healthz"]["get"]["security"] == []


def test_a_probe_and_the_page_need_no_token(guarded: str) -> None:
    for path in ("/healthz", "/readyz", "/ping", "/health", "/openapi.json", "/", "/app.js"):
        assert httpx.get(guarded + path).status_code == 200
    assert httpx.post(f"{guarded}/healthz").status_code == 401


def test_a_token_comes_from_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STANCEKIT_TOKEN", raising=False)
    assert read_token(None) is None
    monkeypatch.setenv("STANCEKIT_TOKEN", f" {TOKEN}\n")
    assert read_token(None) == TOKEN
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}2\n")
    assert read_token(path) == f"{TOKEN}2"
    for content, message in (
        (b"", "16 ASCII characters or more"),
        (b"short", "16 ASCII characters or more"),
        (b"two words of a token", "without spaces"),
        (b"\xff" * 20, "is not UTF-8"),
    ):
        path.write_bytes(content)
        with pytest.raises(ConfigurationError, match=message):
            read_token(path)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_token(tmp_path / "none")


def test_every_answer_has_the_headers(guarded: str) -> None:
    for method, path in (("GET", "/"), ("GET", "/healthz"), ("GET", "/no"), ("POST", "/v1/score")):
        answer = httpx.request(method, guarded + path)
        for name, value in HEADERS:
            assert answer.headers[name.decode()] == value.decode()
        assert "server" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]


def test_only_the_files_of_the_page_are_served(guarded: str, page: Path) -> None:
    index = httpx.get(f"{guarded}/")
    assert index.text == (page / "index.html").read_text()
    assert index.headers["content-type"] == "text/html; charset=utf-8"
    assert httpx.get(f"{guarded}/style/page.css").headers["content-type"].startswith("text/css")
    again = httpx.get(f"{guarded}/", headers={"if-none-match": index.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    weak = httpx.get(f"{guarded}/", headers={"if-none-match": f'"x", W/{index.headers["etag"]}'})
    assert weak.status_code == 304
    headers = {"authorization": f"Bearer {TOKEN}"}
    for path in (
        "/.hidden", "/link.txt", "/page.py", "/../security.py", "/%2e%2e/security.py",
        "/style/..%2f.hidden", "/style/", "//etc/passwd", "/app.js%00", "/index.html/",
        "/healthz/", "/v1/bundle/",
    ):  # fmt: skip
        answer = httpx.get(httpx.URL(guarded, raw_path=path.encode()), headers=headers)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"


def test_without_a_page_there_is_nothing_at_the_root(service: str, tmp_path: Path) -> None:
    assert page_files(tmp_path / "none") == []
    assert httpx.get(f"{service}/").status_code == 404


def test_other_sites_may_not_call_unless_they_are_named(service: str, start_service: Any) -> None:
    named = start_service(origins=["https://team.example"], token=TOKEN)
    for address, origin, is_let in (
        (service, "https://team.example", False),
        (named, "https://team.example", True),
        (named, "https://other.example", False),
    ):
        headers = {"origin": origin, "access-control-request-method": "POST"}
        flight = httpx.options(f"{address}/v1/score", headers=headers)
        plain = httpx.get(f"{address}/healthz", headers={"origin": origin})
        for answer in (flight, plain):
            assert (answer.headers.get("access-control-allow-origin") == origin) is is_let


def test_what_a_browser_sends_for_another_site_is_refused(service: str, start_service: Any) -> None:
    named = start_service(origins=["https://team.example"])
    for address, origin, site, status in (
        (service, "https://team.example", "cross-site", 403),
        (service, "https://team.example", "same-site", 403),
        (service, service, "same-origin", 200),
        (service, None, "none", 200),
        (named, "https://team.example", "cross-site", 200),
        (named, "https://other.example", "cross-site", 403),
        (named, None, "cross-site", 403),
    ):
        headers = {"sec-fetch-site": site, **({"origin": origin} if origin else {})}
        files = {"file": ("a.txt", b"Be well.")}
        answer = httpx.post(f"{address}/v1/files", files=files, headers=headers)
        assert answer.status_code == status, (origin, site)
        assert httpx.get(f"{address}/healthz", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "given", ["*", "null", "team.example", "https://team.example/", "https://Team.example", ""]
)
def test_a_site_that_would_never_be_let_in_is_refused(given: str) -> None:
    for own in ("https://team.example", "http://localhost:3000", "http://[::1]:80"):
        assert check_origin(own) == own
    with pytest.raises(ConfigurationError, match="expected a site such as"):
        check_origin(given)


def test_what_is_sent_comes_back_as_json_only(service: str) -> None:
    body = {"documents": [{"id": EVIL, "text": f"{EVIL} Tariffs rose.", "metadata": {EVIL: EVIL}}]}
    answer = httpx.post(f"{service}/v1/score", json=body)
    assert answer.headers["content-type"] == "application/json"
    assert "set-cookie" not in answer.headers
    [document] = answer.json()["documents"]
    assert (document["id"], document["metadata"]) == (EVIL, {EVIL: EVIL})
    for path in (f"/{'<script>'}", "/%0d%0aSet-Cookie:%20a=b"):
        missing = httpx.get(service + path)
        assert missing.headers["content-type"] == "application/problem+json"
        assert "set-cookie" not in missing.headers


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\folder\\<img src=x onerror=alert(1)>.txt", "<img src=x onerror=alert(1)>.txt"),
        ("a\u202etxt.exe.txt", "a_txt.exe.txt"),
        ("a" * 500 + ".txt", "a" * 196 + ".txt"),
    ],
)
def test_a_file_name_is_a_name_only(service: str, name: str, shown: str) -> None:
    answer = httpx.post(f"{service}/v1/files", files={"file": (name, b"Firms invest.")})
    assert answer.status_code == 200
    [document] = answer.json()["documents"]
    assert document["id"] == shown


@pytest.mark.parametrize("log_texts", [False, True])
def test_the_log_has_one_line_a_request_and_texts_only_if_asked(
    start_service: Any, caplog: pytest.LogCaptureFixture, log_texts: bool
) -> None:
    address = start_service(log_texts=log_texts)
    with caplog.at_level(logging.INFO, "stancekit.serving.http.access"):
        httpx.post(f"{address}/v1/score", json={"documents": [{"text": EVIL}]})
        httpx.post(f"{address}/v1/score", json={"sentences": [{"text": EVIL}]})
        httpx.post(f"{address}/v1/files", files={"file": (EVIL[:20] + ".txt", EVIL.encode())})
        httpx.post(f"{address}/v1/evidence", json={"text": EVIL, "task": "stance"})
        httpx.post(f"{address}/invocations", json={"inputs": [EVIL]})
        httpx.get(f"{address}/%0a%7b%22level%22:%22forged%22%7d?secret=1")
        until = time.monotonic() + 5
        while len(caplog.records) < 6 and time.monotonic() < until:
            time.sleep(0.01)  # a line is written when its answer is on its way already
    lines = [_Lines().format(record) for record in caplog.records if "access" in record.name]
    assert len(lines) == 6
    for line in lines:
        assert line.isascii()
        assert line.isprintable()
        assert json.loads(line)["level"] == "info"
        assert "secret" not in line
    with_texts = [line for line in lines if "alert(1)" in line]
    assert len(with_texts) == (5 if log_texts else 0)
    assert [json.loads(line)["status"] for line in lines] == [200] * 5 + [404]
