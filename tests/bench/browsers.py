"""Browser costs: bytes and requests of a visit, and main-thread work on an old laptop."""

import shutil
from statistics import median

from playwright.sync_api import sync_playwright

FIRST = {"kilobytes": 110, "requests": 8}
AFTER = {"kilobytes": 15, "requests": 1}
SLOWER = 6  # times slower, like an old laptop
TASK, SCRIPT = 600, 30  # milliseconds
LIST = "/person/list/"
PAGES = (LIST, "/case/list/", "/persondocument/add")


def measure(worker, times, pages=PAGES):
    address, cookie = worker.serve()
    with sync_playwright() as playwright:
        found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        made = {
            "visits": _visits(browser, address, cookie, pages),
            "work": _work(browser, address, cookie, times),
            "version": browser.version,
        }
        browser.close()
    return made


def _opened(browser, address, cookie):
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    pairs = [pair.partition("=") for pair in cookie.split("; ")]
    context.add_cookies([{"name": name, "value": value, "url": address} for name, _equals, value in pairs])
    page = context.new_page()
    return context, page, context.new_cdp_session(page)


def _visits(browser, address, cookie, pages):
    """Return (kilobytes, requests) of the first page with an empty cache, then of each later page. Photos
    are separate.
    """
    context, page, devtools = _opened(browser, address, cookie)
    devtools.send("Network.enable")
    sent, pictures = {}, set()

    def began(event):
        if event["request"]["url"].startswith("data:"):
            return
        sent[event["requestId"]] = 0
        if "/file/" in event["request"]["url"]:
            pictures.add(event["requestId"])

    devtools.on("Network.requestWillBeSent", began)
    devtools.on("Network.requestServedFromCache", lambda event: sent.pop(event["requestId"], None))
    # The response event reports a disk cache hit; it has no event of its own.
    devtools.on(
        "Network.responseReceived",
        lambda e: e["response"].get("fromDiskCache") and sent.pop(e["requestId"], None),
    )
    devtools.on(
        "Network.loadingFinished",
        lambda e: (
            sent.__setitem__(e["requestId"], e["encodedDataLength"]) if e["requestId"] in sent else None
        ),
    )
    rows = []
    for path in pages:
        sent.clear()
        page.goto(address + path, wait_until="networkidle")
        page.wait_for_timeout(300)
        kept = {key: size for key, size in sent.items() if key not in pictures}
        rows.append({"page": path, "kilobytes": sum(kept.values()) / 1024, "requests": len(kept)})
    context.close()
    return rows


def _work(browser, address, cookie, times):
    """Return main-thread milliseconds for the list of persons: all tasks, and the scripts among them."""
    context, page, devtools = _opened(browser, address, cookie)
    page.goto(address + LIST, wait_until="networkidle")
    devtools.send("Performance.enable")
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    found = []
    for _ in range(times):
        page.goto(address + LIST, wait_until="networkidle")
        page.wait_for_timeout(300)
        found.append(_metrics(devtools))  # every document resets the counters
    context.close()
    return {name: median(one[name] for one in found) for name in found[0]}


def _metrics(devtools):
    told = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
    return {
        name: told[name] * 1000
        for name in ("TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
    }
