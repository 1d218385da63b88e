"""`stancekit serve`: score over HTTP, with the web page if there is one."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from stancekit.labels.errors import MissingExtraError
from stancekit.models.conformal import ERROR_RATE
from stancekit.serving.classifier import Classifier
from stancekit.serving.commands.model_option import Model


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 lets other machines in.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)
    ] = 8000,
    model: Model = None,
    threads: Annotated[
        int, typer.Option(help="Processor cores that the model may use; 0: all.", min=0)
    ] = 0,
    error_rate: Annotated[
        float, typer.Option(help="How often the set of labels may miss the right one.")
    ] = ERROR_RATE,
    token_file: Annotated[
        Path | None,
        typer.Option(
            help="A file with the token that callers have to show. Else STANCEKIT_TOKEN, if set.",
            show_default=False,
        ),
    ] = None,
    max_body: Annotated[int, typer.Option(help="Bytes of a request.", min=1)] = 8 * 2**20,
    max_documents: Annotated[
        int, typer.Option(help="Documents, sentences or rows of a request.", min=1)
    ] = 1000,
    max_characters: Annotated[int, typer.Option(help="Characters of a document.", min=1)] = 200_000,
    max_seconds: Annotated[
        float, typer.Option(help="Seconds that an answer may take.", min=0.001)
    ] = 30,
    max_in_flight: Annotated[
        int, typer.Option(help="Requests that are answered at a time.", min=1)
    ] = 64,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            help="A web site whose scripts may call this, such as https://team.example."
            " Can be given more than once.",
            show_default=False,
        ),
    ] = None,
    page: Annotated[bool, typer.Option(help="Serve the web page at /.")] = True,
    log_texts: Annotated[
        bool, typer.Option("--log-texts", help="Write the texts that are scored to the log.")
    ] = False,
) -> None:
    """Score documents, files and sentences over HTTP until it is told to stop.

    What is asked of it is described at /openapi.json; what it does goes to standard error, a line a
    request. SIGTERM ends it when the requests in flight are answered.
    """
    try:
        from stancekit.serving.http.app import create_app  # noqa: PLC0415  (needs the extra)
        from stancekit.serving.http.limits import Limits  # noqa: PLC0415
        from stancekit.serving.http.security import check_origin, read_token  # noqa: PLC0415
        from stancekit.serving.http.server import configure_log, listening, run  # noqa: PLC0415
        from stancekit.serving.http.static_files import page_files  # noqa: PLC0415
    except ModuleNotFoundError as fault:
        package = (fault.name or "a package").partition(".")[0]
        raise MissingExtraError(
            f"serve: needs {package}, which is not installed"
            " (in the checkout: pip install '.[http]')"
        ) from None
    limits = Limits(
        body_bytes=max_body,
        documents=max_documents,
        characters=max_characters,
        answer_s=max_seconds,
        in_flight=max_in_flight,
    )
    token = read_token(token_file)
    origins = [check_origin(own) for own in allow_origin or ()]
    own = listening(host, port)
    with own:
        app = create_app(
            Classifier.load(model, threads=threads, error_rate=error_rate),
            limits,
            token=token,
            page=page_files() if page else (),
            origins=origins,
            log_texts=log_texts,
        )
        configure_log()
        shown, taken = own.getsockname()[:2]
        name = f"[{shown}]" if ":" in shown else shown
        sys.stderr.write(f"stancekit: http://{name}:{taken}\n")
        sys.stderr.flush()
        run(app, own, limits)
