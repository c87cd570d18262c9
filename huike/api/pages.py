"""The web client: its index for every address that is a page of it. Its files are served by WhiteNoise."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from huike.api.middleware import PERMISSIONS_POLICY

_NOT_BUILT = "The web client is not built. Run `make web`, or use the API at /api/v1 (described at /api/v1/docs).\n"
# As everywhere, but for the camera: at the counter codes are scanned.
_PERMISSIONS_POLICY = PERMISSIONS_POLICY.replace("camera=()", "camera=(self)")


@require_safe
@ensure_csrf_cookie
def client_page(request: HttpRequest, path: str = "") -> HttpResponse:
    """The index, never kept by the browser, so that a new version's files are found at once. A missing file is 404 and
    not a page: a script tag must not get HTML."""
    if "." in path.rpartition("/")[2]:
        raise Http404
    index = settings.WEB_DIST / "index.html"
    try:
        html = index.read_bytes()
    except FileNotFoundError:
        return HttpResponse(_NOT_BUILT, status=503, content_type="text/plain; charset=utf-8")
    response = HttpResponse(html, content_type="text/html; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    response["Permissions-Policy"] = _PERMISSIONS_POLICY
    return response
