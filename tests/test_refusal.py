"""A page that refuses us is recognised; a page that writes about refusals is not one."""

from __future__ import annotations

import time

import pytest

from repwatch.rules.refusal import led_to, recognise

HTML = {"content-type": "text/html; charset=utf-8"}


def page(head: str = "", body: str = "") -> bytes:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode()


@pytest.mark.parametrize(
    ("cause", "head", "body"),
    [
        ("Cloudflare challenge", "<title>Just a moment...</title>", ""),
        ("Cloudflare challenge", "<title>Un instant…</title>", ""),
        (
            "Cloudflare challenge",
            "",
            "<script src='/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1'></script>",
        ),
        ("Anubis challenge", "", "<script id='anubis_challenge' type='application/json'>{}</script>"),
        ("DataDome challenge", "", "<script src='https://ct.captcha-delivery.com/c.js'></script>"),
        ("Imperva block", "", "Request unsuccessful. Incapsula incident ID: 1-2"),
        ("CAPTCHA page", "", "<form action='/x'><div class='g-recaptcha' data-sitekey='k'></div></form>"),
        ("CAPTCHA page", "", "<div class='h-captcha'></div>"),
        ("CAPTCHA page", "", "<p>Our systems have detected unusual traffic from your network.</p>"),
        ("CAPTCHA page", "", "<form action='https://www.google.com/sorry/index'></form>"),
        ("consent page", "<title>Before you continue</title>", ""),
        ("consent page", "", "<form action='https://consent.google.com/save'></form>"),
        ("login page", "<title>Sign in to Fictive</title>", "<input name=p type='password'>"),
        ("login page", "<title>Connexion</title>", "<input type=password>"),
        ("maintenance page", "<title>Site under maintenance</title>", ""),
        ("maintenance page", "<title>Site en maintenance</title>", ""),
        ("access denied page", "<title>403 Forbidden</title>", ""),
        ("bot challenge", "<title>Making sure you're not a bot!</title>", ""),
        ("rate limit page", "<title>429 Too Many Requests</title>", ""),
    ],
)
def test_a_refusal_page_is_named(cause: str, head: str, body: str) -> None:
    assert recognise(200, HTML, page(head, body)) == cause


@pytest.mark.parametrize(
    ("status", "headers", "cause"),
    [
        (403, {"cf-mitigated": "challenge"}, "Cloudflare challenge"),
        (202, {"x-amzn-waf-action": "challenge"}, "AWS WAF challenge"),
        (999, {}, "access denied to automatic readers (999)"),
    ],
)
def test_headers_and_odd_statuses_tell_too(status: int, headers: dict[str, str], cause: str) -> None:
    assert recognise(status, headers, b"") == cause


def test_a_feed_that_writes_about_captchas_is_no_refusal() -> None:
    feed = b"<?xml version='1.0'?><rss><title>Just a moment...</title><item>g-recaptcha</item></rss>"
    assert recognise(200, HTML, feed) == ""
    assert (
        recognise(200, {"content-type": "application/json"}, b'{"t": "<title>Just a moment...</title>"}')
        == ""
    )


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (
            "<title>CAPTCHA, un mot de trop, selon Ada Exemple</title>",
            "<p>hCaptcha et g-recaptcha irritent.</p>",
        ),
        ("<title>Un instant de bonheur</title>", "<p>Texte.</p>"),
        ("<title>Sign in to our newsletter</title>", "<p>Pas de mot de passe ici.</p>"),
        (
            "<title>Ada</title>",
            "<article><p>unusual traffic from your computer network, disait Google</p></article>",
        ),
        ("<title>Ada</title>", "<article>Texte</article><form><div class='g-recaptcha'></div></form>"),
        ("<title>Maintenance des ascenseurs à Lyon</title>", ""),
        (
            "<title>OneTrust and Didomi: who asks for our cookies?</title>",
            "<p>Ada has a word on it.</p>" * 60,
        ),
        (
            "<title>Ada</title><script src='https://cdn.cookielaw.org/otSDKStub.js'></script>",
            "<div id='onetrust-consent-sdk'>We use cookies. Accept all</div>"
            + "<p>Her latest book.</p>" * 60,
        ),
        (
            "<title>Forum</title>",
            "<form><input type='password'></form>" + "<p>A long talk about her work.</p>" * 60,
        ),
        (
            "<title>Ada</title><script src='https://cdn.cookielaw.org/otSDKStub.js'></script>",
            "<p>Bonjour.</p>",
        ),
        ("<title>Request rejected: why my paper failed</title>", "<p>Text.</p>"),
        ("<title>Whoa</title>", "<article>Reddit says: whoa there, pardner</article>"),
    ],
)
def test_an_honest_page_is_no_refusal(head: str, body: str) -> None:
    assert recognise(200, HTML, page(head, body)) == ""


def test_an_xhtml_challenge_is_seen_behind_its_xml_declaration() -> None:
    body = b'<?xml version="1.0"?><!DOCTYPE html><html><title>Just a moment...</title></html>'
    assert recognise(503, HTML, body) == "Cloudflare challenge"


def test_a_comment_form_of_a_long_page_is_no_captcha() -> None:
    body = "<p>" + "Un long texte. " * 200 + "</p>"
    assert (
        recognise(200, HTML, page("<title>Blog</title>", body * 10 + "<div class='g-recaptcha'></div>")) == ""
    )


# --- where a redirect led -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("https://www.google.com/sorry/index?continue=x", "CAPTCHA page"),
        ("https://consent.youtube.com/m?continue=x", "consent page"),
        ("https://guce.yahoo.com/consent?x", "consent page"),
        ("https://forum.example/login?next=/feed", "login page"),
        ("https://forum.example/users/sign_in", "login page"),
        ("https://forum.example/users/sign-in", "login page"),
        ("https://accounts.google.com/v3/signin", "login page"),
        ("https://www.linkedin.com/authwall?trk=x", "login page"),
        ("https://forum.example/wp-login.php?redirect_to=x", "login page"),
        ("https://blog.example/2026/login-is-broken", ""),
        ("https://blog.example/?from=/login", ""),
        ("https://blog.example/feed", ""),
    ],
)
def test_a_redirect_tells_by_its_place(url: str, cause: str) -> None:
    assert recognise(200, HTML, page("<title>Hello</title>"), url) == cause


def test_a_page_that_was_asked_for_is_not_refused_for_its_address() -> None:
    assert led_to("https://a.example/login/news", "https://a.example/login/news?page=1") == ""
    assert led_to("https://a.example/feed", "https://a.example/feed") == ""
    assert led_to("https://a.example/feed", "https://a.example/login") == "https://a.example/login"


def test_a_feed_that_a_redirect_led_to_is_a_feed_wherever_it_stands() -> None:
    assert recognise(200, {}, b"<rss version='2.0'></rss>", "https://sso.example/feed") == ""


# --- plain text ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"rate limit exceeded",
        b"Error: Too Many Requests\n",
        b"Please limit requests to one every 5 seconds.",
        b"\xef\xbb\xbfAccess denied",
        b"403 Forbidden",
        b"API rate limit exceeded for 192.0.2.1.",
    ],
)
@pytest.mark.parametrize("kind", ["text/plain", "text/html", ""])
def test_one_line_that_says_no_is_a_refusal(body: bytes, kind: str) -> None:
    assert recognise(200, {"content-type": kind}, body) == "refusal in plain text"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Ada Exemple writes about the rate limit of forges.",
        b"Too many requests? Ada Exemple has an answer. " + b"It is long. " * 60,
        b"forbiddenlove.example is a new site",
        b'{"error": "rate limit exceeded"}',
    ],
)
def test_another_text_is_none(body: bytes) -> None:
    kind = "application/json" if body.startswith(b"{") else "text/plain"
    assert recognise(200, {"content-type": kind}, body) == ""


def test_an_endless_page_is_looked_at_quickly() -> None:
    hostile = b"<html><script>" + b"<style" * 200_000 + b"<input type=password" + b"<" * 200_000
    started = time.perf_counter()
    recognise(200, HTML, hostile, "https://a.example/" + "login" * 2000)
    assert time.perf_counter() - started < 0.5
