"""A headless Chromium for a test, and pictures of what it shows."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=zh-CN",
    "--window-size=1100,900",
)
PICTURES = Path(__file__).parents[2] / ".test" / "screenshots"
"""Not in the repository: a person looks at them after a run."""


def chromium(profile: Path, **preferences: object) -> webdriver.Chrome:
    """A browser of its own in the folder `profile`; skips where there is none."""
    if not (CHROMIUM.exists() and DRIVER.exists()):
        pytest.skip("Chromium and chromedriver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    wanted = {"intl.accept_languages": "zh-CN,zh", **preferences}
    options.add_experimental_option("prefs", wanted)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    driver.set_page_load_timeout(60)
    return driver


def emulate(driver: webdriver.Chrome, width: int, scheme: str = "light") -> None:
    """A window of this width, in a light or a dark system."""
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": scheme}]},
    )


def picture(driver: webdriver.Chrome, folder: str, name: str) -> Path:
    """The whole page, also what one would have to scroll to."""
    shot = driver.execute_cdp_cmd(
        "Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True}
    )
    target = PICTURES / folder / f"{name}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(base64.b64decode(shot["data"]))
    return target


def complaints(driver: webdriver.Chrome) -> list[str]:
    """What the console complained about, except the icon that no theme has."""
    return [
        str(entry["message"])
        for entry in driver.get_log("browser")
        if entry["level"] == "SEVERE" and "favicon" not in entry["message"]
    ]
