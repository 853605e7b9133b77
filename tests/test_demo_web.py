"""The invented web answers in the shapes of the real services, in both rounds."""

from __future__ import annotations

import json
import smtplib
import sys
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import feedparser
import pytest
import yaml

from repwatch.demo.mailbox import Mailbox
from repwatch.demo.settings import config_text
from repwatch.demo.web import Web
from repwatch.demo.world import NAME, World
from repwatch.errors import RepwatchError

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
PHRASE = quote(f'"{NAME}"')


@pytest.fixture
def web() -> Iterator[Web]:
    with Web(World(NOW)) as running:
        yield running


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as running:
        yield running


def get(url: str, **headers: str) -> tuple[int, str, HTTPResponse]:
    request = urllib.request.Request(
        url, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.status, answer.read().decode(), answer


def refused(url: str, **headers: str) -> urllib.error.HTTPError:
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(url, **headers)
    caught.value.close()
    return caught.value


def get_json(url: str) -> Any:
    return json.loads(get(url, Accept="application/json")[1])


def targets(text: str) -> list[str]:
    links = [entry.link for entry in feedparser.parse(text).entries]
    return [parse_qs(urlsplit(link).query)["url"][0] for link in links]


def test_an_alert_feed_is_one_line_of_atom_without_validators(web: Web) -> None:
    status, text, answer = get(web.urls["alerts"])
    feed = feedparser.parse(text)
    assert (status, feed.version, text.count("\n")) == (200, "atom10", 0)
    assert answer.headers["Content-Type"] == "text/xml; charset=UTF-8"
    assert answer.headers["ETag"] is None
    assert feed.feed.id.startswith("tag:google.com,2005:reader/user/")


def test_an_alert_entry_is_marked_up_and_wrapped_in_a_redirect(web: Web) -> None:
    web.advance()
    text = get(web.urls["alerts"])[1]
    assert "&lt;b&gt;" in text
    assert "&amp;#39;" in text
    assert "https://www.google.com/url?rct=j" in text
    assert "https://courrier-imaginaire.example/justice/plainte-consultante?id=4102" in targets(text)


def test_every_alert_points_to_a_reserved_domain(web: Web) -> None:
    web.advance()
    hosts = [urlsplit(url).hostname or "" for url in targets(get(web.urls["alerts"])[1])]
    assert len(hosts) == 10
    assert all(host.endswith(".example") for host in hosts)


def test_the_later_round_adds_alerts_and_keeps_the_old_ones(web: Web) -> None:
    first = targets(get(web.urls["alerts"])[1])
    web.advance()
    later = targets(get(web.urls["alerts"])[1])
    assert len(first) == 4
    assert len(later) - len(first) == 6
    assert later[-4:] == first


def test_an_unchanged_blog_is_a_304_until_the_round_changes(web: Web) -> None:
    etag = get(web.urls["blog"])[2].headers["ETag"]
    assert refused(web.urls["blog"], If_None_Match=etag).code == 304
    web.advance()
    assert get(web.urls["blog"], If_None_Match=etag)[0] == 200


def test_the_blog_edits_a_title_under_the_same_guid(web: Web) -> None:
    def titles() -> dict[str, str]:
        channel = ET.fromstring(get(web.urls["blog"])[1])
        return {item.findtext("guid", ""): item.findtext("title", "") for item in channel.iter("item")}

    guid = "https://carnets-reseaux.example/guide-des-profils-oublies"
    before = titles()[guid]
    web.advance()
    assert before.startswith(NAME)
    assert titles()[guid] == f"Rectificatif : {NAME} retire son guide des profils oubliés"


def test_the_later_blog_brings_back_a_page_of_four_years_ago(web: Web) -> None:
    web.advance()
    channel = ET.fromstring(get(web.urls["blog"])[1])
    dates = [parsedate_to_datetime(item.findtext("pubDate", "")) for item in channel.iter("item")]
    assert NOW - min(dates) == timedelta(days=1460)


def test_an_alert_and_the_blog_show_the_same_page_with_other_tracking(web: Web) -> None:
    web.advance()
    alerts = targets(get(web.urls["alerts"])[1])
    posts = [entry.link for entry in feedparser.parse(get(web.urls["blog"])[1]).entries]
    assert not set(alerts) & set(posts)
    assert {url.partition("?")[0] for url in alerts} & {url.partition("?")[0] for url in posts} == {
        "https://carnets-reseaux.example/regles-de-reponse"
    }


def test_the_same_headline_stands_on_two_sites(web: Web) -> None:
    web.advance()
    headlines = [
        entry.title.rpartition(" - ")[0] for entry in feedparser.parse(get(web.urls["alerts"])[1]).entries
    ]
    assert len(headlines) - len(set(headlines)) == 1


def test_a_search_answers_ranked_results_for_a_quoted_name(web: Web) -> None:
    found = get_json(f"{web.urls['search']}/search?q={PHRASE}&format=json")
    assert [hit["positions"] for hit in found["results"]] == [[1], [2], [3], [4]]
    assert found["unresponsive_engines"] == []
    assert {"url", "title", "content", "engines", "score", "publishedDate"} <= found["results"][0].keys()


def test_a_later_search_has_new_ranks_and_a_silent_engine(web: Web) -> None:
    web.advance()
    found = get_json(f"{web.urls['search']}/search?q={PHRASE}&format=json")
    assert len(found["results"]) == 7
    assert found["results"][1]["url"].startswith("https://avis-inventes.example/")
    assert found["unresponsive_engines"] == [["chimere", "timeout"]]


def test_a_search_for_somebody_else_is_empty(web: Web) -> None:
    assert get_json(f"{web.urls['search']}/search?q=Personne&format=json")["results"] == []


def test_a_second_page_of_results_is_empty(web: Web) -> None:
    assert get_json(f"{web.urls['search']}/search?q={PHRASE}&format=json&pageno=2")["results"] == []


def test_a_search_without_a_query_is_a_bad_request(web: Web) -> None:
    assert refused(f"{web.urls['search']}/search?format=json").code == 400


def test_the_search_instance_lists_its_engines(web: Web) -> None:
    engines = get_json(f"{web.urls['search']}/config")["engines"]
    assert [engine["name"] for engine in engines] == ["imagine", "chimere"]


def test_wikidata_knows_the_namesake(web: Web) -> None:
    asked = f"action=wbsearchentities&format=json&search={quote(NAME)}&language=fr"
    answer = get_json(f"{web.urls['wikidata']}/w/api.php?{asked}")
    assert [item["description"] for item in answer["search"]] == ["patineuse artistique québécoise"]
    assert answer["search"][0]["match"]["language"] == "fr"


def test_wikidata_reports_an_error_with_status_200(web: Web) -> None:
    assert get_json(f"{web.urls['wikidata']}/w/api.php?action=nothing")["error"]["code"] == "badvalue"


def test_orcid_says_null_until_a_record_appears(web: Web) -> None:
    url = f"{web.urls['orcid']}/v3.0/expanded-search/?q=" + quote(
        'given-names:"Mireille" AND family-name:"Exemple-Fictive"'
    )
    assert get_json(url) == {"expanded-result": None, "num-found": 0}
    web.advance()
    assert [record["institution-name"] for record in get_json(url)["expanded-result"]] == [
        ["Atelier Imaginaire"]
    ]


def test_orcid_speaks_xml_to_those_who_do_not_ask_for_json(web: Web) -> None:
    assert "xml" in get(f"{web.urls['orcid']}/v3.0/expanded-search/?q=x")[2].headers["Content-Type"]


def test_github_shows_a_second_account_in_the_later_round(web: Web) -> None:
    url = f"{web.urls['github']}/search/users?q=" + quote(f'"{NAME}" in:name type:user')
    assert [user["login"] for user in get_json(url)["items"]] == ["mireille-exemple-fictive"]
    web.advance()
    answer = get_json(url)
    assert answer["total_count"] == 2
    assert answer["items"][1]["html_url"] == "https://code-forge.example/exemple-fictive-on-ice"


def test_the_limited_site_asks_to_come_back_in_an_hour(web: Web) -> None:
    error = refused(web.urls["limited"])
    assert (error.code, error.headers["Retry-After"]) == (429, "3600")


def test_the_captcha_site_shows_a_challenge_with_status_200(web: Web) -> None:
    status, text, answer = get(web.urls["captcha"])
    assert (status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "g-recaptcha" in text


def test_the_changed_site_is_a_feed_first_and_a_new_layout_later(web: Web) -> None:
    assert get_json(web.urls["changed"])["version"] == "https://jsonfeed.org/version/1.1"
    web.advance()
    assert get(web.urls["changed"])[1].startswith("<!doctype html>")


@pytest.mark.parametrize("site", ["alerts", "blog", "search", "wikidata", "orcid", "github"])
def test_an_unknown_path_is_a_404(web: Web, site: str) -> None:
    parts = urlsplit(web.urls[site])
    assert refused(f"http://{parts.netloc}/nowhere").code == 404


def test_every_site_has_a_port_of_its_own(web: Web) -> None:
    assert len({urlsplit(url).port for url in web.urls.values()}) == len(web.urls) == 9


def test_the_log_tells_who_asked_for_what(web: Web) -> None:
    get(web.urls["blog"], User_Agent="a test")
    visit = web.requests[-1]
    assert (visit.site, visit.target, visit.status, visit.user_agent) == ("blog", "/feed", 200, "a test")


def test_the_servers_stop_with_the_context() -> None:
    with Web(World(NOW)) as running:
        url = running.urls["blog"]
    with pytest.raises(urllib.error.URLError):
        get(url)


def test_the_mailbox_keeps_a_mail(mailbox: Mailbox) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@demo.example", "b@demo.example", "Un rapport inventé"
    mail.set_content("Bonjour")
    with smtplib.SMTP(mailbox.host, mailbox.port, timeout=5) as client:
        client.send_message(mail)
    assert [message_from_bytes(raw, policy=policy.default)["Subject"] for raw in mailbox.messages] == [
        "Un rapport inventé"
    ]


def test_the_mailbox_closes_while_a_client_is_still_connected() -> None:
    with Mailbox() as mailbox:
        client = smtplib.SMTP(mailbox.host, mailbox.port, timeout=5)
    client.close()
    assert mailbox.messages == []


def test_a_missing_aiosmtpd_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiosmtpd.smtp", None)
    with pytest.raises(RepwatchError, match=r"pip install 'repwatch\[demo\]'"):
        Mailbox().__enter__()


def test_the_configuration_names_every_site_and_the_mailbox(web: Web, mailbox: Mailbox) -> None:
    settings = yaml.safe_load(config_text(web, mailbox, Path("/tmp/demo folder"), language="fr"))
    addresses = [
        source.get("feed") or source.get("url") or source["base_url"] for source in settings["sources"]
    ]
    assert addresses == list(web.urls.values())
    assert settings["channels"]["mail"]["port"] == mailbox.port
    assert (settings["language"], settings["database"]) == ("fr", "sqlite:////tmp/demo folder/demo.db")
