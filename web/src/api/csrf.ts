/** Django's proof that a write comes from our own page: the cookie's value, sent back as a header. */
export const CSRF_HEADER = "X-CSRFToken";

export function csrfToken(): string {
  const match = /(?:^|;\s*)csrftoken=([^;]*)/.exec(document.cookie);
  return match?.[1] ? decodeURIComponent(match[1]) : "";
}
