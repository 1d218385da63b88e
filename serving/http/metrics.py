"""What is counted, for Prometheus."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

__all__ = ["MEDIA_TYPE", "Metrics"]

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_SENTENCES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_ELSEWHERE = "elsewhere"


class Metrics:
    """The counters of one service; `routes` are the paths that get a label of their own."""

    def __init__(self, routes: frozenset[str], bundle: str) -> None:
        self.registry = CollectorRegistry()
        self._routes = routes
        own = self.registry
        self._requests = Counter(
            "stancekit_requests", "Answers.", ("method", "path", "status"), registry=own
        )
        self._seconds = Histogram(
            "stancekit_request_seconds", "From the request's head to its answer's end.", ("path",),
            buckets=_SECONDS, registry=own,
        )  # fmt: skip
        self.in_flight = Gauge(
            "stancekit_requests_in_flight", "Requests that are being answered.", registry=own
        )
        self._passes = Histogram(
            "stancekit_pass_seconds", "Time of a pass of the model.", buckets=_SECONDS, registry=own
        )
        self._sentences = Histogram(
            "stancekit_pass_sentences", "Sentences of a pass.", buckets=_SENTENCES, registry=own
        )
        self._merged = Counter(
            "stancekit_pass_requests", "Requests served by passes, summed.", registry=own
        )
        self.set_aside = Counter(
            "stancekit_set_aside", "Documents and sentences that were set aside.", registry=own
        )
        Gauge("stancekit_bundle", "The bundle that scores.", ("bundle",), registry=own).labels(
            bundle
        ).set(1)
        ProcessCollector(registry=own)

    def answered(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count an answer; what nobody should ask for is counted under one name."""
        is_known = path in self._routes
        name = path if is_known else _ELSEWHERE
        self._requests.labels(method if is_known else _ELSEWHERE, name, str(status)).inc()
        self._seconds.labels(name).observe(seconds)

    def passed(self, requests: int, sentences: int, seconds: float) -> None:
        """Count a pass of the model."""
        self._passes.observe(seconds)
        self._sentences.observe(sentences)
        self._merged.inc(requests)

    def text(self) -> bytes:
        """Return all of them in Prometheus's format."""
        return generate_latest(self.registry)
