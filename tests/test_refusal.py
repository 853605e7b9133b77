"""A page that refuses us is recognised; a page that writes about refusals is not one."""

from __future__ import annotations

import pytest

from repwatch.rules.refusal import recognise

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
