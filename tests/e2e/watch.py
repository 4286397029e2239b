"""Watching Odoo answer while something is done to it."""

import threading
import time

import requests


class RequestLoop:
    """Asks Odoo for a page over and over from a thread, and remembers when it was silent."""

    def __init__(self, url, db):
        self._url = f"{url}/web/login?db={db}"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask_on, daemon=True)
        self.answers = []  # (time of the end of the request, whether it was answered well)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(60)

    def _ask_on(self):
        while not self._stop.is_set():
            try:
                well = requests.get(self._url, timeout=30).status_code == 200
            except requests.RequestException:
                well = False
            self.answers.append((time.time(), well))
            self._stop.wait(0.05)

    def gaps(self):
        """Silences, each from the last good answer before it to the first after it."""
        gaps, last_good, silent = [], None, False
        for moment, well in self.answers:
            if well and silent and last_good is not None:
                gaps.append((last_good, moment))
            if well:
                last_good, silent = moment, False
            else:
                silent = True
        if silent:
            gaps.append((last_good, float("inf")))
        return gaps

    def longest_pause(self):
        """The longest time between two good answers, in seconds."""
        good = [moment for moment, well in self.answers if well]
        return max(after - before for before, after in zip(good, good[1:]))
